"""The objective of method `galerkin` on `ergodic_log` (the separable variant, a game): networks dgm for value function
and log density, exact Laplacians.

Networks carry value, gradient and Laplacian forward, all rows of one array, so that a layer is one product for all of
them. The derivatives of activations are written by hand in both directions; the rest is autograd.
"""
import math

import torch


class JetTanh(torch.autograd.Function):
    """tanh of a jet: rows 0, 1..d and d + 1 are value, derivatives and Laplacian."""

    @staticmethod
    def forward(context, y):
        out = torch.empty_like(y)
        value = torch.tanh(y[0])
        out[0] = value
        slope = 1 - value * value
        torch.mul(y[1:], slope, out=out[1:])
        squares = (y[1:-1] * y[1:-1]).sum(0)
        out[-1] -= 2 * value * slope * squares
        context.save_for_backward(y, value, slope, squares)
        return out

    @staticmethod
    def backward(context, grad):
        y, value, slope, squares = context.saved_tensors
        bend = value * slope * -2
        last = grad[-1]
        result = torch.empty_like(grad)
        torch.mul(grad[1:], slope, out=result[1:])
        result[1:-1] += (2 * bend * last) * y[1:-1]
        # Derivatives of slope and bend in the value.
        result[0] = (grad[0] * slope + bend * (grad[1:] * y[1:]).sum(0) +
                     last * squares * slope * (4 * value * value - 2 * slope))
        return result


class JetProduct(torch.autograd.Function):
    """The product of two jets."""

    @staticmethod
    def forward(context, a, b):
        context.save_for_backward(a, b)
        out = a * b[0]
        out[1:] += a[0] * b[1:]
        out[-1] += 2 * (a[1:-1] * b[1:-1]).sum(0)
        return out

    @staticmethod
    def backward(context, grad):
        a, b = context.saved_tensors

        def adjoint(other):
            result = grad * other[0]
            result[0] += (grad[1:] * other[1:]).sum(0)
            result[1:-1] += (2 * grad[-1]) * other[1:-1]
            return result

        return adjoint(b), adjoint(a)


class Network:
    """dgm with gate = opening."""

    def __init__(self, p, name, width, layers):
        self.m, self.layers = width, layers
        part = lambda block: p[f"{name}.{block}"]
        self.opening, self.opening_bias = part("opening.weight"), part("opening.bias")
        self.blocks = [(part(f"layer{l}.input"), part(f"layer{l}.state"), part(f"layer{l}.bias"))
                       for l in range(1, layers + 1)]
        self.output, self.output_bias = part("output.weight")[0], part("output.bias")
        # The input parts of all layers are one product.
        self.inputs = torch.cat([self.opening] + [block[0] for block in self.blocks]).T.contiguous()
        self.biases = torch.cat([self.opening_bias] + [block[2] for block in self.blocks])

    def __call__(self, waves, slopes):
        """The jet at waves [n, 2 d], sin and cos, whose derivatives [d, n, 2] are in two features each."""
        m, d = self.m, len(slopes)
        per_coordinate = torch.stack([self.inputs[:d], self.inputs[d:]], 1)  # [d, 2, units]
        value = waves @ self.inputs
        inputs = torch.cat([(value + self.biases)[None], torch.bmm(slopes, per_coordinate),
                            (value * -(2 * math.pi)**2)[None]])
        # Of every layer the gates Z, R, G and H; in the first, Z, R and G see the same. Slices would cost an array of
        # zeros each in the backward pass, parts of a split do not.
        parts = inputs.split([m, 3 * m, m] + [2 * m, m, m] * (self.layers - 1), 2)
        opening = JetTanh.apply(parts[0])
        state = opening
        for l, (_, weight, _) in enumerate(self.blocks):
            if l == 0:
                zrg, for_h = parts[1:3]
                weight_zrg, weight_h = weight.split([3 * m, m])
                z, r, g = JetTanh.apply(zrg + state @ weight_zrg.T).split(m, 2)
            else:
                zr, for_g, for_h = parts[3 * l:3 * l + 3]
                weight_zr, weight_g, weight_h = weight.split([2 * m, m, m])
                z, r = JetTanh.apply(zr + state @ weight_zr.T).split(m, 2)
                g = JetTanh.apply(for_g + opening @ weight_g.T)
            h = JetTanh.apply(for_h + JetProduct.apply(state, r) @ weight_h.T)
            state = h - JetProduct.apply(g, h) + JetProduct.apply(z, state)
        return state @ self.output


class Objective:
    """The sum over rows of samples x of both squared residuals."""

    def __init__(self, options):
        self.d, self.amplitude = int(options["problem"]["dimension"]), float(options["problem"]["amplitude"])
        self.shapes = {name: (int(options[name + "_network"]["width"]), int(options[name + "_network"]["layers"]))
                       for name in ("phi", "density")}

    def prepare(self, p):
        self.phi = Network(p, "phi", *self.shapes["phi"])
        self.log_density = Network(p, "log_density", *self.shapes["density"])
        # Computed constants are not trained.
        self.shift = p["log_density.log_mass"].detach()
        self.constant = p["lambda"].detach()  # computed, not trained

    def __call__(self, samples):
        two_pi, c = 2 * math.pi, self.amplitude
        x = samples[:, :self.d]
        sine, cosine = torch.sin(two_pi * x), torch.cos(two_pi * x)
        waves = torch.cat([sine, cosine], 1)
        slopes = two_pi * torch.stack([cosine.T, -sine.T], 2)
        phi, w = self.phi(waves, slopes), self.log_density(waves, slopes)
        cost = (2 * math.pi**2 * (-c * sine.sum(1) + c * c * (cosine * cosine).sum(1)) - 2 * c * sine.sum(1))
        (_, phi_x, phi_xx), (w, w_x, w_xx) = (jet.split([1, self.d, 1]) for jet in (phi, w))
        log_density = w[0] + self.log_density.output_bias - self.shift
        hjb = -0.5 * phi_xx[0] + 0.5 * (phi_x * phi_x).sum(0) - cost - log_density + self.constant
        kfp = -0.5 * (w_xx[0] + (w_x * w_x).sum(0)) - phi_xx[0] - (phi_x * w_x).sum(0)
        return (hjb * hjb).sum() + (kfp * kfp).sum()
