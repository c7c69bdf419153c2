"""The tables of results in docs/: their rows, seeds and columns. tables.py makes them."""
from dataclasses import dataclass, field


@dataclass
class Row:
    """An experiment, or any words of `mfg solve`; three seeds, five for the 2-D cases that the pages are about."""
    name: str  # the text of the row
    words: list = None  # default: the name
    seeds: int = 3
    folder: str = None  # of the runs; default: the name
    timed: bool = False  # whether a gradient of the same sample is timed after the run, to count the training in gradients


@dataclass
class Column:
    heading: str
    measure: str  # a path into result.json, or one of `derived` in tables.py
    style: str = "error"  # error: two digits; cost: two decimals; fine: four decimals; count: whole numbers


@dataclass
class Table:
    page: str  # docs/PAGE.md
    first: str  # heading of the first column
    columns: list
    rows: list = field(default_factory=list)


ERRORS = [Column("control", "errors.control"), Column("standing still", "baselines.control.standing_still"),
          Column("value, centred", "errors.value_centred"), Column("of t alone", "baselines.value_centred.time_only"),
          Column("value", "errors.value"), Column("log density", "errors.log_density")]
COSTS = [Column("agents pay", "agents_pay", "cost"), Column("objective", "validation.objective", "cost"),
         Column("the same, finer steps", "validation_fine.objective", "cost"),
         Column("transport", "validation.terms.transport", "cost"),
         Column("terminal", "validation.terms.terminal", "cost"), Column("HJB", "validation.terms.hjb", "cost"),
         Column("HJB terminal", "validation.terms.hjb_terminal", "cost"),
         Column("residual HJB", "residuals.hjb"), Column("residual HJB terminal", "residuals.hjb_terminal")]


def with_running(columns):
    place = next(i for i, column in enumerate(columns) if column.heading == "terminal")
    return columns[:place] + [Column("running", "validation.terms.running", "cost")] + columns[place:]


def rows(*names, seeds=3):
    return [Row(name, seeds=seeds) for name in names]


def game(folder, noise, *variants):
    """Rows of the game with an exact solution that every method can solve."""
    words = ["--problem", "mean_attraction", "--problem.initial", "normal", "--problem.dimension", "10",
             *noise]
    return [Row(name, words + more.split(), folder=f"{folder}-{name}") for name, more in variants]


ADAM = "--optimizer adam --training.resample_every 1 --optimizer.schedule cosine"
PLAYERS = (f"{ADAM} --optimizer.beta1 0.5 --optimizer.beta2 0.9 --network.width 32 --network.layers 2 "
           "--training.average 0.998")
LAGRANGIAN = ("lagrangian, resnet", "--method lagrangian --network resnet --integrator rk4 --optimizer bfgs "
              "--method.time_steps 4 --training.samples 1024 --training.iterations 200")
GALERKIN_VALUE = ("galerkin, value alone, resnet", "--method galerkin --method.density none "
                  "--method.conditions terminal --method.sampling density --network resnet --optimizer lbfgs "
                  "--training.samples 1024 --training.iterations 200 --training.resample_every 50")
GALERKIN_BOTH = ("galerkin, value and density, resnet", "--method galerkin --method.density log "
                 "--method.density_base gaussian --method.standardise yes --network resnet --optimizer lbfgs "
                 "--training.samples 2048 --training.iterations 300 --training.resample_every 50")
ADVERSARIAL = ("adversarial, residuals in turn, resnet", "--method adversarial --method.objective residuals "
               "--method.standardise yes --network resnet --optimizer lbfgs --method.value_steps 10 "
               "--method.density_steps 10 --training.samples 2048 --training.iterations 60 --training.resample_every 5")


def apac_net(path, slower):
    return ("apac_net, mlp", f"--method apac_net --network mlp {PLAYERS} --method.hjb_weight 0.3 {path} "
            f"--optimizer.learning_rate 5e-3 --population_optimizer.learning_rate {slower} --training.samples 512 "
            "--training.iterations 4000 --training.validate_every 1000")


GAME = [Column("control", "errors.control"), Column("value, centred", "errors.value_centred"),
        Column("value", "errors.value"), Column("agents pay", "agents_pay", "fine")]
GAP = [Column("gap, at the end", "duality.gap")]

def by_optimizer(problem, limit, samples, points, adam, *words):
    """Rows for one problem: every optimizer has the same network, the same time `limit` in seconds, and its own best
    habits: `adam` steps with new `samples` and a decreasing rate; quasi-Newton methods keep `points` points for 100
    iterations; Gauss-Newton has as many new points in every step."""
    def row(name, *more):
        experiment = [] if "--problem" in words else [problem]
        return Row(name, [*experiment, *words, "--training.time_limit", str(limit), *" ".join(more).split()],
                   folder=f"accuracy-{problem}-{name}", seeds=1, timed=True)

    kept = f"--training.samples {points} --training.resample_every 100 --training.iterations 1000000"
    new = (f"--optimizer gauss_newton --optimizer.damping 1e-8 --optimizer.damping_rule fixed --optimizer.step search "
           f"--training.samples {points} --training.resample_every 1 --training.iterations 100000")
    return [
        row("adam", f"--optimizer adam --optimizer.learning_rate 1e-2 --optimizer.schedule exponential --optimizer.decay 5e-3 "
                    f"--training.samples {samples} --training.resample_every 1 --training.iterations {adam}"),
        row("lbfgs", f"--optimizer lbfgs --optimizer.memory 100 {kept}"),
        row("bfgs, no scaling", f"--optimizer bfgs --optimizer.scaling none {kept}"),
        row("bfgs, al_baali", f"--optimizer bfgs --optimizer.scaling al_baali {kept}"),
        row("bfgs, broyden", f"--optimizer bfgs --optimizer.scaling broyden {kept}"),
        row("gauss_newton", f"{new} --optimizer.momentum 0"),
        row("gauss_newton, momentum 0.9", f"{new} --optimizer.momentum 0.9")]


ACCURACY = [Column("control", "errors.control"), Column("value, centred", "errors.value_centred"),
            Column("value", "errors.value"), Column("log density", "errors.log_density"),
            Column("seconds", "seconds", "count"), Column("gradients", "in_gradients", "count")]
SMALL = ["--network", "mlp", "--network.width", "20", "--network.layers", "2"]
WIDE = ["--network", "mlp", "--network.width", "32", "--network.layers", "2"]
COUPLED = ["--problem", "ergodic_log", "--problem.variant", "coupled", "--method", "galerkin"]


TABLES = {
    "transport": Table("lagrangian", "run", COSTS, [
        Row("optimal_transport_2d", seeds=5), *rows(
            "optimal_transport_10d", "optimal_transport_50d", "optimal_transport_100d", "optimal_transport_1000d")]),
    "crowd": Table("lagrangian", "run", with_running(COSTS), [
        Row("crowd_motion_2d", seeds=5), *rows("crowd_motion_10d", "crowd_motion_50d", "crowd_motion_100d")]),
    "more_steps": Table("lagrangian", "run", with_running(COSTS), rows(
        "optimal_transport_2d", "optimal_transport_2d_best", "crowd_motion_2d", "crowd_motion_2d_best", seeds=5)),
    "no_penalty": Table("lagrangian", "run", COSTS, [
        Row("optimal_transport_2d", seeds=5),
        *rows("optimal_transport_2d_no_penalty", "optimal_transport_2d_no_penalty_8_steps")]),
    "adam": Table("lagrangian", "run", COSTS, [
        Row("optimal_transport_2d", seeds=5), *rows("optimal_transport_2d_adam")]),
    "closed_form": Table("lagrangian", "run", ERRORS + COSTS[:3], rows(
        "gaussian_transport_2d", "gaussian_transport_10d", "gaussian_transport_100d")),
    "swarm": Table("lagrangian", "run", with_running(COSTS), rows("swarm_3d")),
    "galerkin": Table("galerkin", "experiment", ERRORS + [
        Column("density", "errors.density"), Column("constant", "errors.constant"),
        Column("mean inventory", "errors.mean_inventory"), Column("relative residual HJB", "relative_residuals.hjb"),
        Column("KFP", "relative_residuals.kfp")], rows(
            "ode", "ergodic_log_10d", "ergodic_coupled_10d", "ergodic_log_10d_hard", "ergodic_square_30d", "torus_2d",
            "room_5d", "exit_time_1d", "exit_time_2d",
            "crowd_trading") + rows("crowd_trading_strong_impact", "crowd_trading_long", seeds=1)),
    "linear_quadratic": Table("galerkin", "experiment", ERRORS, rows(
        "linear_quadratic_10d") + rows("linear_quadratic_transient_10d", seeds=1)),
    "hamiltonians": Table("galerkin", "experiment", ERRORS + [
        Column("density", "errors.density"), Column("constant", "errors.constant"), Column("seconds", "seconds", "count")],
        rows("power_cost_4d", "congestion_4d", "congestion_10d", "discounted_3d", "flock_2d")),
    "cole_hopf": Table("galerkin", "experiment", [
        Column("origin", "errors.origin"), Column("value, centred", "errors.value_centred"),
        Column("of t alone", "baselines.value_centred.time_only"), Column("control", "errors.control"),
        Column("seconds", "seconds", "count")], rows("cole_hopf_10d", "cole_hopf_100d", "cole_hopf_1000d")),
    "bridge": Table("galerkin", "experiment", ERRORS, rows("schroedinger_bridge_2d", "schroedinger_bridge_10d")),
    "attraction": Table("minmax", "experiment", GAME + GAP, rows(
        "mean_attraction_2d", "mean_attraction_100d", "mean_attraction_1000d", "mean_attraction_2d_galerkin",
        "mean_attraction_100d_galerkin", "mean_attraction_1000d_galerkin")),
    "obstacle_swarm": Table("minmax", "experiment", [
        Column("agents pay", "agents_pay", "cost"), Column("generator pays", "duality.primal", "cost")] + GAP, [
            *rows("obstacle_swarm_2d", "obstacle_swarm_50d", "obstacle_swarm_100d"),
            Row("obstacle_swarm_2d_lagrangian, 200 iterations",
                ["obstacle_swarm_2d_lagrangian", "--training.iterations", "200"]),
            *rows("obstacle_swarm_50d_lagrangian")]),
    "ergodic_adversarial": Table("minmax", "experiment", [
        Column("control", "errors.control"), Column("value, centred", "errors.value_centred"),
        Column("value", "errors.value"), Column("density", "errors.density"),
        Column("constant", "errors.constant")] + GAP, rows(
            "ergodic_log_4d_adversarial", "ergodic_log_10d_adversarial")),
    "methods_without_noise": Table("minmax", "method", GAME, game(
        "without_noise", ["--problem.noise", "0"], LAGRANGIAN, GALERKIN_VALUE, GALERKIN_BOTH, ADVERSARIAL,
        apac_net("--method.path_weight 1", "5e-3"))),
    "methods_with_noise": Table("minmax", "method", GAME, game(
        "with_noise", [], GALERKIN_VALUE, GALERKIN_BOTH, ADVERSARIAL, apac_net("", "5e-4"))),
    "accuracy_ode": Table("accuracy", "optimizer", ACCURACY[1:3] + ACCURACY[4:], by_optimizer(
        "ode", 5, 256, 256, 30000, *SMALL)),
    "accuracy_torus": Table("accuracy", "optimizer", ACCURACY, by_optimizer("torus_2d", 20, 256, 300, 15000, *SMALL)),
    "accuracy_coupled_2d": Table("accuracy", "optimizer", ACCURACY, by_optimizer(
        "ergodic_coupled_2d", 10, 256, 200, 12000, *COUPLED, "--problem.dimension", "2", *SMALL)),
    "accuracy_coupled_4d": Table("accuracy", "optimizer", ACCURACY, by_optimizer(
        "ergodic_coupled_4d", 30, 256, 400, 20000, *COUPLED, "--problem.dimension", "4", *SMALL)),
    "accuracy_coupled_10d": Table("accuracy", "optimizer", ACCURACY, by_optimizer(
        "ergodic_coupled_10d", 60, 256, 600, 15000, *COUPLED, "--problem.dimension", "10", *WIDE)),
    "accuracy_transient": Table("accuracy", "optimizer", ACCURACY, by_optimizer(
        "linear_quadratic_transient_10d", 60, 256, 500, 12000, *WIDE)),
    "accuracy_trading": Table("accuracy", "optimizer", ACCURACY, by_optimizer(
        "crowd_trading", 30, 512, 512, 15000, *SMALL)),
    "accuracy_poisson": Table("accuracy", "optimizer", ACCURACY[2:3] + ACCURACY[4:], by_optimizer(
        "poisson_5d", 60, 256, 500, 4000)),
}
