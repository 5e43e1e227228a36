# Random designs, calibrated and replicated by R's package survey 4.1.1 under R 4.2.2 (Debian bookworm, r-cran-survey): data and numbers as
# one JSON. Run as: Rscript poll_calibrate.R 2026 5 > poll_calibrate.json. Calibrations run to 1e-12, beyond the default of 1e-7, so
# that what is compared is the formula and not where each stops.
suppressMessages({library(survey); library(jsonlite)})
args <- commandArgs(TRUE); seed <- as.integer(args[1]); rounds <- as.integer(args[2])
set.seed(seed); options(survey.lonely.psu="fail")
num <- function(x) unname(as.numeric(x))
stats <- function(d, rep=FALSE) {
  s <- svymean(~y, d); f <- svymean(~factor(q), d, na.rm=TRUE); t <- svytotal(~y, d)
  dom <- svymean(~y, subset(d, a=="2")); r <- svyratio(~y, ~x, d)
  out <- list(mean=num(coef(s)), mean_se=num(SE(s)), share=num(coef(f)), share_se=num(SE(f)), total=num(coef(t)),
    total_se=num(SE(t)), domain=num(coef(dom)), domain_se=num(SE(dom)), domain_df=degf(subset(d,a=="2")), df=degf(d),
    ratio=num(coef(r)), ratio_se=num(SE(r)))
  c2 <- try(svychisq(~q+a, d, statistic="F"), silent=TRUE)
  if (!inherits(c2,"try-error")) out$chisq <- num(c(c2$statistic, c2$parameter, c2$p.value))
  for (m in c("beta","logit","mean")) {
    ci <- try(svyciprop(~I(q==1), d, method=m, na.rm=TRUE), silent=TRUE)
    if (!inherits(ci,"try-error")) out[[m]] <- num(attr(ci,"ci"))
    if (!rep || m!="logit") { ci <- try(svyciprop(~I(q==1), subset(d, a=="2"), method=m, na.rm=TRUE), silent=TRUE)
    if (!inherits(ci,"try-error")) out[[paste0(m,"_domain")]] <- num(attr(ci,"ci")) }
  }
  out
}
cases <- list()
for (k in 1:rounds) {
  kind <- c("srs","strata","clusters","both","fpc")[1 + k %% 5]
  n <- 70 + sample(40,1)
  st <- sample(3, n, TRUE); cl <- st*100 + sample(6, n, TRUE)
  if (kind %in% c("srs","fpc")) { cl <- 1:n }
  a <- sample(3, n, TRUE, c(.5,.3,.2)); b <- sample(2, n, TRUE)
  x <- round(rgamma(n, 3) + 0.5 + a/3, 3); y <- round(2*x + a + rnorm(n), 3)
  q <- sample(c(1:4, NA), n, TRUE, c(.4,.25,.15,.1,.1)); w <- if (k %% 3 == 0) rep(5, n) else round(runif(n, 2, 9), 3)
  N <- sum(w)
  fpc <- if (kind=="fpc") c(900,700,800)[st] else NA
  D <- data.frame(st,cl,a=factor(a),b=factor(b),x,y,q,w,fpc)
  d0 <- switch(kind, srs=svydesign(~1, weights=~w, data=D), strata=svydesign(~cl, strata=~st, weights=~w, data=D, nest=TRUE),
    clusters=svydesign(~cl, weights=~w, data=D), both=svydesign(~cl, strata=~st, weights=~w, data=D, nest=TRUE),
    fpc=svydesign(~1, strata=~st, fpc=~fpc, weights=~w, data=D))
  Ta <- num(xtabs(w~a)) * runif(3,.9,1.1); Ta <- Ta/sum(Ta)*N
  Tb <- num(xtabs(w~b)) * runif(2,.92,1.08); Tb <- Tb/sum(Tb)*N
  Tx <- sum(w*x)*runif(1,.97,1.03)
  pop <- c(N, Ta[2], Ta[3], Tb[2], Tx); popm <- pop[1:4]
  L <- round(runif(1,.6,.85),2); U <- round(runif(1,1.2,1.6),2)
  calls <- list(
    linear=quote(calibrate(d0, ~a+b+x, pop)), ratio=quote(calibrate(d0, ~x-1, Tx, variance=1)),
    linear_bounded=quote(calibrate(d0, ~a+b+x, pop, epsilon=1e-12, maxit=300, bounds=c(L,U))),
    raking=quote(calibrate(d0, ~a+b+x, pop, calfun="raking", epsilon=1e-12, maxit=300)),
    raking_bounded=quote(calibrate(d0, ~a+b+x, pop, calfun="raking", epsilon=1e-12, maxit=300, bounds=c(L,U))),
    logit=quote(calibrate(d0, ~a+b+x, pop, calfun="logit", epsilon=1e-12, maxit=300, bounds=c(L,U))),
    margins_linear=quote(calibrate(d0, ~a+b, popm)), margins_raking_bounded=quote(calibrate(d0, ~a+b, popm, calfun="raking", epsilon=1e-12, maxit=300, bounds=c(L,U))),
    margins_logit=quote(calibrate(d0, ~a+b, popm, calfun="logit", epsilon=1e-12, maxit=300, bounds=c(L,U))),
    together=quote(calibrate(d0, ~a+b+x, pop, aggregate.stage=1)),
    together_raking=quote(calibrate(d0, ~a+b+x, pop, calfun="raking", epsilon=1e-12, maxit=300, aggregate.stage=1)),
    variance=quote(calibrate(d0, ~a+b+x, pop, variance=D$x)))
  found <- list(none=c(list(weights=w), stats(d0)))
  for (m in names(calls)) {
    if (grepl("together", m) && kind %in% c("srs","fpc")) next
    d1 <- try(suppressWarnings(eval(calls[[m]])), silent=TRUE)
    if (inherits(d1,"try-error")) { found[[m]] <- list(failed=as.character(d1)); next }
    found[[m]] <- c(list(weights=num(weights(d1))), stats(d1))
  }
  reps <- list()
  types <- switch(kind, srs=c("JK1","bootstrap"), clusters=c("JK1","bootstrap"), c("JKn","bootstrap"))
  if (kind=="both" || kind=="strata") types <- c(types,"BRR","Fay")
  for (ty in types) for (mse in k %% 2 == 0) {
    dd <- d0
    if (ty %in% c("BRR","Fay")) { dd <- svydesign(~cl, strata=~st, weights=~w, data=D, nest=TRUE) }
    r <- try(suppressWarnings(switch(ty, BRR=as.svrepdesign(dd, "BRR", small="merge", large="split", mse=mse, compress=FALSE), Fay=as.svrepdesign(dd, "Fay", fay.rho=0.3, small="merge", large="split", mse=mse, compress=FALSE),
      bootstrap=as.svrepdesign(dd, "bootstrap", replicates=12, mse=mse, compress=FALSE), as.svrepdesign(dd, ty, mse=mse, compress=FALSE))), silent=TRUE)
    if (inherits(r,"try-error")) next
    if (ncol(weights(r,"analysis")) > 24) next
    WW <- weights(r,"analysis"); W <- matrix(round(as.numeric(WW),6), nrow=nrow(WW))
    one <- suppressWarnings(svrepdesign(data=D, weights=~w, repweights=W, type=if(ty=="Fay") "Fay" else ty, rho=if(ty=="Fay") .3 else NULL,
       scale=if(ty %in% c("BRR","Fay")) NULL else r$scale, rscales=r$rscales, combined.weights=TRUE, mse=mse))
    e <- list(kind=ty, mse=mse, columns=W, scale=one$scale, rscales=num(one$rscales), stats=stats(one, TRUE))
    for (m in c("linear","raking")) {
      cl2 <- calls[[m]]; cl2[[2]] <- quote(one); cl2$compress <- FALSE
      v <- try(suppressWarnings(eval(cl2)), silent=TRUE)
      if (!inherits(v,"try-error")) e[[paste0("calibrated_",m)]] <- stats(v, TRUE)
    }
    reps[[length(reps)+1]] <- e
  }
  cases[[k]] <- list(kind=kind, data=lapply(D, function(v) if (is.factor(v)) as.integer(v) else v), totals=list(N=N,a=Ta,b=Tb,x=Tx), bounds=c(L,U), found=found, replicates=reps)
}
cat(toJSON(list(oracle="R survey", R=R.version.string, survey=as.character(packageVersion("survey")), seed=seed, cases=cases), digits=10, auto_unbox=TRUE, na="null"))
