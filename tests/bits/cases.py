"""The runs of a record: every shipped experiment, cut short, and options that no experiment uses.

A run is trained on small samples for a few iterations, on two levels; samples are drawn again and computed parameters
are refreshed every second iteration. What a run does after its training (fresh samples, errors, fields for pictures)
takes longer than the training, so that only some runs do it: the `whole` ones. `judged` ones are evaluated at points and
validated as well.
"""
import configparser
import subprocess

TRAINED, WHOLE, JUDGED = "trained", "whole", "judged"

# Of these experiments the whole run is quick.
WHOLE_EXPERIMENTS = {
    "crowd_motion_2d": JUDGED,
    "crowd_motion_2d_grid": WHOLE,
    "crowd_trading": JUDGED,
    "evacuation_2d": WHOLE,
    "exit_time_1d": JUDGED,
    "gaussian_transport_2d": JUDGED,
    "mean_attraction_2d": JUDGED,
    "mean_attraction_2d_galerkin": JUDGED,
    "obstacle_swarm_2d": WHOLE,
    "ode": JUDGED,
    "optimal_transport_2d": WHOLE,
    "optimal_transport_2d_grid": WHOLE,
}

# Other runs: name, depth, arguments of `mfg solve`. The first ones are experiments in fewer dimensions, for their measures.
VARIANTS = f"""
ergodic_log_3d                  {JUDGED}  ergodic_log_10d --problem.dimension 3 --network.width 8
ergodic_coupled_2d              {WHOLE}   ergodic_coupled_10d --problem.dimension 2 --network.width 8
ergodic_log_2d_hard             {WHOLE}   ergodic_log_10d_hard --problem.dimension 2
ergodic_log_2d_adversarial      {JUDGED}  ergodic_log_4d_adversarial --problem.dimension 2 --network.width 8
ergodic_square_2d               {WHOLE}   ergodic_square_30d --problem.dimension 2
room_2d                         {JUDGED}  room_5d --problem.dimension 2 --network.width 8
room_2d_soft                    {WHOLE}   room_5d --problem.dimension 2 --network.width 8 --method.walls soft
linear_quadratic_3d             {JUDGED}  linear_quadratic_10d --problem.dimension 3 --network.width 8
linear_quadratic_4d_resnet      {WHOLE}   linear_quadratic_100d --problem.dimension 4
linear_quadratic_4d_plain       {WHOLE}   linear_quadratic_100d_plain --problem.dimension 4
linear_quadratic_transient_2d   {WHOLE}   linear_quadratic_transient_10d --problem.dimension 2 --network.width 8
mean_attraction_5d              {WHOLE}   mean_attraction_1000d --problem.dimension 5
mean_attraction_5d_galerkin     {WHOLE}   mean_attraction_1000d_galerkin --problem.dimension 5
optimal_transport_4d            {WHOLE}   optimal_transport_1000d --problem.dimension 4
torus_1d                        {JUDGED}  torus_2d --problem.dimension 1 --network.width 8
torus_small                     {WHOLE}   torus_2d --network.width 8
transport_by_galerkin_small     {WHOLE}   transport_by_galerkin_2d --network.width 8
galerkin_residual_sampling      {TRAINED} torus_2d --network.width 8 --method.sampling residual --method.harmonics 2 --optimizer adam
galerkin_direct                 {WHOLE}   torus_2d --network.width 8 --method.density direct --optimizer adam
galerkin_direct_penalty         {TRAINED} ergodic_log_10d --problem.dimension 2 --method.density direct --method.normalisation penalty --optimizer adam
galerkin_penalty                {TRAINED} ergodic_log_10d --problem.dimension 2 --method.normalisation penalty --method.mass_weight 3 --optimizer adam
galerkin_hard                   {WHOLE}   torus_2d --network.width 8 --method.conditions hard --optimizer adam
galerkin_initial_standardised   {TRAINED} linear_quadratic_10d --problem.dimension 2 --method.conditions initial --method.standardise yes --method.sampling sobol
galerkin_hutchinson             {TRAINED} torus_2d --network.width 8 --method.laplacian hutchinson --optimizer adam
galerkin_two_point              {TRAINED} torus_2d --network.width 8 --method.laplacian two_point --optimizer adam
galerkin_control                {TRAINED} ergodic_log_10d --problem.dimension 2 --problem.coupling control --method.coupling control --optimizer adam
galerkin_balanced               {TRAINED} torus_2d --network.width 8 --training.balance_every 2 --optimizer adam
galerkin_two_networks           {TRAINED} torus_2d --network mlp --network.width 8 --phi_network dgm --phi_network.width 8 --optimizer adam
galerkin_coupled_means          {TRAINED} crowd_trading --method.means coupled --method.density_base none --method.standardise no
galerkin_crowd_motion           {TRAINED} --problem crowd_motion --method galerkin --network dgm --network.width 8 --problem.congestion_weight 0.1 --problem.congestion_power 2
adversarial_residuals_torus     {WHOLE}   torus_2d --method adversarial --method.objective residuals --method.weights 1,1,10,10 --network.width 8 --method.value_steps 2 --optimizer adam
adversarial_residuals           {WHOLE}   linear_quadratic_10d --problem.dimension 2 --method adversarial --method.objective residuals --network.width 8 --method.standardise yes
adversarial_torus               {WHOLE}   torus_2d --method adversarial --method.weights 1 --network.width 8 --method.density_steps 2 --method.sampling uniform --optimizer adam
swarm_of_players                {WHOLE}   obstacle_swarm_2d --method.path_weight 0.5 --method.value_steps 2 --network.width 8
lagrangian_hutchinson           {TRAINED} gaussian_transport_2d --method.trace hutchinson --method.sampling antithetic
lagrangian_congestion           {TRAINED} crowd_motion_2d --problem.congestion_weight 0.1 --problem.congestion_power 2 --problem.interaction_weight 1 --method.interaction_samples 16
lagrangian_interaction          {WHOLE}   crowd_motion_2d --problem.interaction_weight 1 --method.interaction_samples 2 --method.time_steps 1
lagrangian_no_running_cost      {TRAINED} crowd_motion_2d --problem.running_weight 0
lagrangian_mlp                  {TRAINED} gaussian_transport_2d --network mlp --network.width 8 --network.activation softplus --network.output_scale 1
lagrangian_dgm                  {TRAINED} gaussian_transport_2d --network dgm --network.width 8 --network.gate current --network.output_scale 1 --optimizer adam
lagrangian_mean_attraction      {WHOLE}   --problem mean_attraction --problem.noise 0 --problem.initial normal --method lagrangian --network resnet --integrator rk4 --optimizer lbfgs
resnet_low_rank                 {TRAINED} gaussian_transport_2d --network.rank 1 --network.layers 2 --problem.dimension 5
resnet_jet                      {TRAINED} gaussian_transport_2d --network.layers 2 --network.laplacian jet
resnet_gram                     {TRAINED} gaussian_transport_2d --network.layers 2 --network.laplacian gram
resnet_direct                   {TRAINED} gaussian_transport_2d --network.layers 2 --network.laplacian direct
integrator_euler                {TRAINED} gaussian_transport_2d --integrator euler
integrator_heun                 {TRAINED} gaussian_transport_2d --integrator heun
integrator_cash_karp            {WHOLE}   gaussian_transport_2d --integrator cash_karp --integrator.relative_tolerance 1e-2 --integrator.absolute_tolerance 1e-2
optimizer_adamw                 {TRAINED} gaussian_transport_2d --optimizer adamw --optimizer.epsilon 1e-4 --optimizer.schedule step --optimizer.step_every 2
optimizer_lion                  {TRAINED} gaussian_transport_2d --optimizer lion --optimizer.warm_up 2
optimizer_nlopt                 {TRAINED} gaussian_transport_2d --optimizer nlopt --optimizer.evaluations 20
optimizer_rmsprop               {TRAINED} gaussian_transport_2d --optimizer rmsprop --optimizer.schedule cosine
optimizer_sgd                   {TRAINED} gaussian_transport_2d --optimizer sgd --optimizer.momentum 0.9 --optimizer.clip 1
optimizer_lbfgs_armijo          {TRAINED} gaussian_transport_2d --optimizer lbfgs --optimizer.line_search armijo --optimizer.memory 2
optimizer_average               {TRAINED} gaussian_transport_2d --optimizer adam --training.average 0.9 --training.patience 1
eulerian_gaussian               {WHOLE}   --problem gaussian_transport --method eulerian
eulerian_congestion             {WHOLE}   crowd_motion_2d_grid --problem.congestion_weight 0.1
"""

# More than a second or two each: `record.py check --quick` leaves them out.
SLOW = set("""
crowd_motion_2d crowd_trading ergodic_coupled_10d ergodic_log_10d ergodic_log_10d_adversarial ergodic_log_10d_hard
ergodic_log_2d_hard ergodic_square_30d gaussian_transport_2d integrator_cash_karp lagrangian_interaction
lagrangian_mean_attraction linear_quadratic_100d linear_quadratic_100d_plain linear_quadratic_10d linear_quadratic_3d
linear_quadratic_4d_plain linear_quadratic_transient_10d mean_attraction_1000d mean_attraction_1000d_galerkin
mean_attraction_100d obstacle_swarm_100d obstacle_swarm_2d obstacle_swarm_2d_lagrangian obstacle_swarm_50d
obstacle_swarm_50d_lagrangian swarm_of_players torus_1d
""".split())


class Case:
    """`arguments` are all that `mfg solve` needs, but for the directory, the seed and the threads."""

    def __init__(self, name, depth, arguments):
        self.name, self.depth, self.arguments = name, depth, arguments


def effective(program, arguments):
    """The options of a run, all of them: section -> name -> text."""
    out = subprocess.run([program, "solve", *arguments, "--dry-run"], capture_output=True, text=True)
    if out.returncode != 0:
        raise SystemExit(f"mfg solve {' '.join(arguments)} --dry-run: {out.stderr.strip()}")
    parser = configparser.ConfigParser(interpolation=None, strict=False, comment_prefixes="#")
    parser.read_string("[run]\n" + out.stdout)
    return parser


def small(program, arguments):
    """`arguments` and those that make a run quick, where they are not given."""
    options = effective(program, arguments)
    method = options["method"]
    dimension = int(options.get("problem", "dimension", fallback="1"))
    if "time_intervals" in method:
        wanted = {"method.cells": "16", "method.time_intervals": "8", "method.levels": "2", "method.iterations": "30,20"}
    else:
        samples, iterations = ("192,320", "4,3") if dimension < 20 else ("96,160", "3,2")
        if dimension >= 100 and "agents" in method:
            samples, iterations = "16,32", "2,1"
        wanted = {
            "training.samples": samples,
            "training.iterations": iterations,
            "training.validation_samples": samples.split(",")[0],
            "training.validate_every": "2",
            "training.resample_every": "2",
            "training.snapshots": "2",
        }
    for name, value in {"agents": "8", "refresh_every": "2", "frame_intervals": "8", "candidates": "4"}.items():
        if name in method:
            wanted["method." + name] = value
    if options.has_section("gauss_newton"):
        # Nearly singular systems would show the rounding errors of the processor.
        wanted |= {"gauss_newton.damping": "1e-2", "gauss_newton.step": "search"}
    if dimension >= 1000 and "value_steps" in method:
        # What is followed at a validation would take minutes.
        wanted["problem.dimension"] = "150"
    given = {word[2:].partition("=")[0] for word in arguments if word.startswith("--")}
    return [*arguments, *(word for name, value in wanted.items() if name not in given for word in ("--" + name, value))]


def experiments(program):
    out = subprocess.run([program, "list", "experiments"], capture_output=True, text=True, check=True).stdout
    return [line.split()[0] for line in out.splitlines() if line.startswith("  ")]


def all_cases(program):
    cases = [Case(name, WHOLE_EXPERIMENTS.get(name, TRAINED), [name]) for name in experiments(program)]
    for line in VARIANTS.split("\n"):
        if line:
            name, depth, *arguments = line.split()
            cases.append(Case(name, depth, arguments))
    names = {case.name for case in cases}
    assert len(names) == len(cases), "two cases have the same name"
    assert names >= SLOW | set(WHOLE_EXPERIMENTS), "a case that is named here does not exist"
    return cases
