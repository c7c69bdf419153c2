"""The objective of method `lagrangian` on `optimal_transport`: network resnet with one layer, rk4, exact trace.

Gradient and Laplacian of the network are closed forms (plugins/networks/resnet.cpp); derivatives in the parameters are
those of autograd.
"""
import math

import torch


class LogCosh(torch.autograd.Function):
    """|y| + log(1 + exp(-2 |y|)) and its slope tanh(y), which the backward pass shares."""

    @staticmethod
    def forward(context, y):
        size, slope = y.abs(), torch.tanh(y)
        context.save_for_backward(slope)
        return torch.log1p(torch.exp(-2 * size)).add_(size), slope

    @staticmethod
    def backward(context, grad_value, grad_slope):
        (slope,) = context.saved_tensors
        return torch.addcmul(grad_slope, slope, grad_value - grad_slope * slope)


class Tanh(torch.autograd.Function):
    @staticmethod
    def forward(context, y):
        slope = torch.tanh(y)
        context.save_for_backward(slope)
        return slope

    @staticmethod
    def backward(context, grad):
        (slope,) = context.saved_tensors
        return torch.addcmul(grad, slope * slope, grad, value=-1)


class Objective:
    """The sum over rows of samples (x, log density) of the weighted terms."""

    def __init__(self, options):
        problem, method = options["problem"], options["method"]
        self.d = int(problem["dimension"])
        self.transport_weight = float(problem["transport_weight"])
        self.terminal_weight = float(problem["terminal_weight"])
        self.variance, self.horizon = float(problem["target_covariance"]), float(problem["horizon"])
        self.steps = int(method["time_steps"])
        self.hjb_weight, self.hjb_terminal_weight = float(method["hjb_weight"]), float(method["hjb_terminal_weight"])
        # Measured with 16 units: from there on squared norms are cheaper from products of pairs of units.
        self.use_pairs = self.d > 10
        n = self.d + 1
        upper = torch.triu_indices(n, n)
        self.place = torch.empty(n, n, dtype=torch.long)
        self.place[upper[0], upper[1]] = self.place[upper[1], upper[0]] = torch.arange(n * (n + 1) // 2)
        # Off the diagonal mfg keeps entries times sqrt(2).
        self.scale = torch.full((n, n), math.sqrt(0.5), dtype=torch.float64).fill_diagonal_(1)

    def prepare(self, p):
        """What depends on the parameters alone."""
        d = self.d
        self.opening, self.opening_bias = p["phi.opening.weight"], p["phi.opening.bias"]
        self.layer, self.layer_bias = p["phi.layer1.weight"], p["phi.layer1.bias"]
        self.output, self.linear, self.constant = p["phi.output.weight"], p["phi.linear.weight"], p["phi.constant"]
        self.matrix = p["phi.quadratic.upper"][self.place] * self.scale
        self.trace = self.matrix.diagonal()[:d].sum()
        self.opening_x = self.opening[:, :d].contiguous()
        self.opening_norms = (self.opening_x * self.opening_x).sum(1)
        if self.use_pairs:
            gram = self.opening_x @ self.opening_x.T
            pairs = self.layer[:, :, None] * self.layer[:, None, :] * gram
            self.pairs = pairs.reshape(len(self.layer), -1).T.contiguous()

    def derivatives(self, s):
        """Gradient in (x, t) and Laplacian in x of the network at rows of s."""
        u, slope0 = LogCosh.apply(torch.addmm(self.opening_bias, s, self.opening.T))
        slope1 = Tanh.apply(torch.addmm(self.layer_bias, u, self.layer.T))
        z = torch.addmm(self.output, slope1 * self.output, self.layer)
        gradient = torch.addmm(torch.addmm(self.linear, s, self.matrix), slope0 * z, self.opening)
        if self.use_pairs:
            norms = (slope0[:, :, None] * slope0[:, None, :]).flatten(1) @ self.pairs
        else:
            # One column of the Jacobian for each coordinate.
            norms = sum(((slope0 * column) @ self.layer.T).square() for column in self.opening_x.T)
        curved1 = torch.addcmul(norms, slope1 * slope1, norms, value=-1) @ self.output
        curved0 = torch.addcmul(z, slope0 * slope0, z, value=-1) @ self.opening_norms
        return gradient, curved1 + curved0 + self.trace

    def value(self, s):
        u, _ = LogCosh.apply(torch.addmm(self.opening_bias, s, self.opening.T))
        u = u + LogCosh.apply(torch.addmm(self.layer_bias, u, self.layer.T))[0]
        return u @ self.output + s @ self.linear + self.constant + 0.5 * (s * (s @ self.matrix)).sum(1)

    def rates(self, t, x):
        """Velocity; rates of log determinant, transport cost and Hamilton-Jacobi violation."""
        a = self.transport_weight
        gradient, laplacian = self.derivatives(torch.cat([x, x.new_full((len(x), 1), t)], 1))
        slope_x = gradient[:, :self.d]
        square = (slope_x * slope_x).sum(1)
        return slope_x * (-1 / a), torch.stack(
            [laplacian * (-1 / a), square * (0.5 / (a * a)), (square * (0.5 / a) - gradient[:, self.d]).abs()])

    def __call__(self, samples):
        x, start = samples[:, :self.d].contiguous(), samples[:, self.d]
        h = self.horizon / self.steps
        paid = 0
        for step in range(self.steps):
            t = step * h
            v1, r1 = self.rates(t, x)
            v2, r2 = self.rates(t + h / 2, torch.add(x, v1, alpha=h / 2))
            v3, r3 = self.rates(t + h / 2, torch.add(x, v2, alpha=h / 2))
            v4, r4 = self.rates(t + h, torch.add(x, v3, alpha=h))
            x = x + (h / 6) * (v1 + 2 * (v2 + v3) + v4)
            paid = paid + (h / 6) * (r1 + 2 * (r2 + r3) + r4)
        target = -0.5 * (x * x).sum(1) / self.variance - 0.5 * self.d * math.log(2 * math.pi * self.variance)
        divergence = start - paid[0] - target
        end = torch.cat([x, x.new_full((len(x), 1), self.horizon)], 1)
        mismatch = (self.value(end) - self.terminal_weight * (divergence + 1)).abs()
        return (self.transport_weight * paid[1].sum() + self.hjb_weight * paid[2].sum() +
                self.terminal_weight * divergence.sum() + self.hjb_terminal_weight * mismatch.sum())
