#include <mfg/base/error.hpp>
#include <mfg/training/settings.hpp>

#include <charconv>
#include <cmath>
#include <numeric>

namespace mfg {

void TrainingSettings::options(Options& o, TrainingSettings& s)
{
    o("samples", s.samples, "training samples, one entry per level", between(1, 100000000));
    o("iterations", s.iterations, "iterations, one entry per level", between(0, 1000000000));
    o("validation_samples", s.validation_samples, "fixed samples whose objective selects the best parameters",
      between(1, 100000000));
    o("validate_every", s.validate_every, "iterations between validations", at_least(1));
    o("resample_every", s.resample_every, "iterations per training sample; 0: one sample for a whole level",
      at_least(0));
    o("patience", s.patience, "stop after this many validations without improvement; 0: never", at_least(0));
    o("snapshots", s.snapshots,
      "number of iterations at which parameters are kept for figures, spaced geometrically from first to last; 0: none",
      between(0, 1000));
    o("balance_every", s.balance_every,
      "iterations between balancing steps, from the first iteration on. A step sets the factor f_i (initially 1) of "
      "each term but the first to 0.9 f_i + 0.1 max|dL_1| / mean|dL_i|, over the entries of the gradients of the terms "
      "without factors (Wang, Teng, Perdikaris 2021); validation ignores factors; 0: never",
      at_least(0));
    o("average", s.average,
      "return the running average a <- b a + (1 - b) theta of the parameters theta, where b is the smaller of this "
      "number and (1 + k) / (10 + k) in iteration k; 0: the parameters themselves",
      between(0, 0.999999));
    o("tolerance", s.tolerance, "norm of the gradient, as in the history, at which the training stops", nonnegative);
    o("gradient_limit", s.gradient_limit,
      "stop after the iteration that reaches this many gradient evaluations, over all levels; 0: no limit",
      at_least(0));
    limits(o, s);
}

void TrainingSettings::limits(Options& o, TrainingSettings& s)
{
    o("time_limit", s.time_limit, "stop after this many seconds of training; 0: no limit", nonnegative);
    o("checkpoint_every", s.checkpoint_every,
      "time between checkpoints: seconds (60s or 60) or iterations (100i); 0: only when interrupted and at the end");
    CheckpointInterval::parse(s.checkpoint_every, o.owner());
}

CheckpointInterval CheckpointInterval::parse(const std::string& text, const std::string& owner)
{
    const bool iterations = !text.empty() && text.back() == 'i';
    const bool unit = iterations || (!text.empty() && text.back() == 's');
    const char *begin = text.data(), *end = text.data() + text.size() - (unit ? 1 : 0);
    CheckpointInterval interval;
    const std::from_chars_result read =
        iterations ? std::from_chars(begin, end, interval.iterations) : std::from_chars(begin, end, interval.seconds);
    const bool number = begin != end && read.ec == std::errc{} && read.ptr == end;
    if (!number || !std::isfinite(interval.seconds) || interval.seconds < 0)
        throw Error((owner.empty() ? "training" : owner) + ": option checkpoint_every = " + printable(text) +
                    " must be a number of seconds (60s or 60) or of iterations (100i), or 0");
    return interval;
}

void TrainingSettings::check() const
{
    if (samples.empty() || samples.size() != iterations.size())
        throw Error("training: samples and iterations need one entry a level each; there are " +
                    std::to_string(samples.size()) + " and " + std::to_string(iterations.size()));
}

std::uint64_t TrainingSettings::max_iterations() const
{
    return std::accumulate(iterations.begin(), iterations.end(), std::uint64_t{0});
}

}  // namespace mfg
