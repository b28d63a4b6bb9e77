"""Every network of the course at toy size, and every registered layer with an input.

A new network or layer must be entered here; the tests find out when one is missing.
"""

import dataclasses

import numpy as np

from course_lib.adversarial.deblurgan import DeblurGANRecipe, deblurgan_generator
from course_lib.adversarial.encoder import FeatureEncoderRecipe
from course_lib.adversarial.hourglass import NormedResidualBlock
from course_lib.adversarial.instances import InstanceMean
from course_lib.adversarial.looks import EncodedGeneratorRecipe, encoded_generator
from course_lib.adversarial.pix2pixhd import (
    GlobalGeneratorRecipe,
    LocalEnhancerRecipe,
    global_generator,
    local_enhancer,
)
from course_lib.baseline import ResidualCNNRecipe, residual_cnn
from course_lib.layers.aspp import ASPP, DeepLabASPP
from course_lib.layers.borders import ReflectPad, SizeGuard
from course_lib.layers.deformable import DeformableConv2D
from course_lib.layers.norms import InstanceNorm
from course_lib.layers.patches import CutPatches, JoinPatches
from course_lib.layers.resampling import DoublingConv, HalvingMean, PixelShuffle, PixelUnshuffle
from course_lib.layers.residual import ResidualBlock
from course_lib.layers.spectral import SpectralConv2D
from course_lib.layers.spectrum import LogSpectrum
from course_lib.layers.tent import TentDownsample
from course_lib.pixelwise.asapnet import ASAPNetRecipe, asapnet
from course_lib.pixelwise.hybrid import HybridRecipe, hybrid
from course_lib.pixelwise.hypernet import HypernetRecipe
from course_lib.pixelwise.kernel_mix import KernelMix
from course_lib.pixelwise.pixel_mlp import PixelMLP
from course_lib.search.autodeeplab import LevelCell
from course_lib.search.binarised import BinarisedOperation
from course_lib.search.cell import DerivedCell, SearchCell
from course_lib.search.dmphn import DMPHNRecipe, dmphn
from course_lib.search.genotype import Cell, Genotype
from course_lib.search.irnas_derived import DerivedRecipe, derived
from course_lib.search.mixed import MixedOperation
from course_lib.search.operations import (
    ConvOperation,
    DeformableOperation,
    FactorisedReduce,
    Identity,
    Pool,
    SeparableTwice,
    Zero,
)
from course_lib.search.pynas import PyNASArchitecture, PyNASRecipe, pynas
from course_lib.search.supercell import CompactCell, Fusion, SuperCell

TOY_DEBLURGAN = DeblurGANRecipe(width=2, blocks=1)
TOY_GLOBAL = GlobalGeneratorRecipe(channels=4, width=2, depth=2, blocks=1)
TOY_ENCODED = EncodedGeneratorRecipe(
    generator=TOY_GLOBAL, encoder=FeatureEncoderRecipe(width=2, depth=1, features=2)
)
TOY_ENHANCER = LocalEnhancerRecipe(channels=4, width=2, depth=1, blocks=1, enhancer_blocks=1)
TOY_ASAPNET = ASAPNetRecipe(
    channels=4, tile=4, width=4, depth=3, hypernet=HypernetRecipe(width=2, halvings=1, widest=4, blocks=1)
)
TOY_CELL = Cell(nodes=((("conv3", 0), ("def3", 1)), (("dil3", 2), ("sep3", 0)), (("skip", 2), ("conv3", 1))))
TOY_DERIVED = DerivedRecipe(
    genotype=Genotype(space="irnas", cells=(TOY_CELL,), path=(0, 1)),
    filters=2,
    stem=4,
    end=4,
    low=2,
    rates=(1, 2),
)
TOY_HYBRID = HybridRecipe(
    tile=4,
    width=4,
    depth=2,
    hypernet=HypernetRecipe(width=2, halvings=1, widest=4, blocks=1, norm="spectral", start="normal"),
)

NETWORKS = {
    "residual_cnn": (lambda: residual_cnn(ResidualCNNRecipe(width=4, depth=1)), 4),
    "deblurgan_generator": (lambda: deblurgan_generator(TOY_DEBLURGAN), 4),
    "deblurgan_generator, batch norm": (
        lambda: deblurgan_generator(DeblurGANRecipe(width=2, blocks=1, norm="batch")),
        4,
    ),
    "global_generator": (lambda: global_generator(TOY_GLOBAL), 4),
    "local_enhancer": (lambda: local_enhancer(TOY_ENHANCER), 4),
    "asapnet": (lambda: asapnet(TOY_ASAPNET), 4),
    "asapnet, spectral norm, mirrored borders": (
        lambda: asapnet(
            ASAPNetRecipe(
                channels=3,
                tile=4,
                width=4,
                depth=1,
                coarse_edges=False,
                hypernet=HypernetRecipe(
                    width=2, halvings=2, widest=4, blocks=1, norm="spectral", border="reflect"
                ),
            )
        ),
        4,
    ),
    "hybrid": (lambda: hybrid(TOY_HYBRID), 4),
    "hybrid, mended, told the spectrum": (
        lambda: hybrid(
            dataclasses.replace(
                TOY_HYBRID,
                coarse_blue=False,
                skip=True,
                blend=True,
                kernel=3,
                kernels=2,
                hypernet=HypernetRecipe(
                    width=2, halvings=1, widest=4, blocks=1, norm="none", start="he", spectrum=8
                ),
            )
        ),
        4,
    ),
    "encoded_generator": (lambda: encoded_generator(TOY_ENCODED), 4),
    "irnas_derived": (lambda: derived(TOY_DERIVED), 1),
    "irnas_derived, stem to the end, no pyramid": (
        lambda: derived(
            dataclasses.replace(
                TOY_DERIVED,
                genotype=Genotype(space="irnas", cells=(TOY_CELL,), path=(1,)),
                activation="leaky_relu",
                pyramid=False,
            )
        ),
        1,
    ),
    "dmphn": (lambda: dmphn(DMPHNRecipe(grids=((1, 1), (2, 1), (2, 2)), widths=(2, 3))), 4),
    "pynas": (
        lambda: pynas(
            PyNASRecipe(
                genotype=PyNASArchitecture(
                    grids=((1, 1), (2, 1), (2, 2)),
                    operators=3 * (("dil3", "skip", "conv5", "skip"),),
                    links=(True, False),
                ),
                widths=(3,),
            )
        ),
        4,
    ),
    "dmphn, two stages, one pair for all levels": (
        lambda: dmphn(DMPHNRecipe(grids=((1, 1), (2, 1)), widths=(2, 3), stages=2, shared=True)),
        4,
    ),
}
# A bias before an instance norm has no effect, since the norm takes the mean away: all but the last, by path.
WITHOUT_EFFECT = dict.fromkeys(
    ("deblurgan_generator", "global_generator", "local_enhancer", "encoded_generator"),
    r"(?!(.*/)?paint_conv/).*bias",
)
# The same before a batch norm.
WITHOUT_EFFECT["irnas_derived"] = r".*/deformable_operation(_\d+)?/conv/bias"

LAYERS = {
    ResidualBlock: (lambda: ResidualBlock(4), (2, 6, 10, 4)),
    PixelShuffle: (lambda: PixelShuffle(2), (2, 6, 10, 8)),
    PixelUnshuffle: (lambda: PixelUnshuffle(2), (2, 6, 10, 3)),
    InstanceNorm: (lambda: InstanceNorm(affine=True), (2, 6, 10, 3)),
    ReflectPad: (lambda: ReflectPad(2), (2, 6, 10, 3)),
    SizeGuard: (lambda: SizeGuard("a test", multiple=2, smallest=4), (2, 6, 10, 3)),
    CutPatches: (lambda: CutPatches(3, 2), (2, 6, 10, 3)),
    JoinPatches: (lambda: JoinPatches(3, 2), (12, 6, 10, 3)),
    DoublingConv: (lambda: DoublingConv(4), (2, 6, 10, 3)),
    HalvingMean: (HalvingMean, (2, 6, 9, 3)),
    SpectralConv2D: (lambda: SpectralConv2D(4, 3, strides=2), (2, 6, 10, 3)),
    NormedResidualBlock: (lambda: NormedResidualBlock(4, dropout=0.5), (2, 6, 10, 4)),
    InstanceMean: (InstanceMean, [(2, 6, 10, 3), (2, 6, 10, 1)]),
    TentDownsample: (lambda: TentDownsample(2), (2, 6, 10, 3)),
    LogSpectrum: (lambda: LogSpectrum(4), (2, 6, 10, 3)),
    ASPP: (lambda: ASPP(4, (2, 4), pooling=True, activation="leaky_relu", affine=False), (2, 6, 9, 3)),
    DeepLabASPP: (lambda: DeepLabASPP(4, (2, 4), classes=5), (2, 6, 9, 3)),
    DeformableConv2D: (lambda: DeformableConv2D(4, groups=3, strides=2), (2, 6, 9, 3)),
    KernelMix: (lambda: KernelMix(3, kernels=2, tile=2), [(2, 6, 10, 3), (2, 3, 5, 2)]),
    Zero: (lambda: Zero(2), (2, 6, 9, 3)),
    Identity: (Identity, (2, 6, 9, 3)),
    Pool: (lambda: Pool("max", stride=2, norm=True), (2, 6, 9, 3)),
    ConvOperation: (lambda: ConvOperation(4, 5, dilation=2, stride=2, depthwise=True), (2, 6, 9, 4)),
    SeparableTwice: (lambda: SeparableTwice(4, stride=2, activation="leaky_relu"), (2, 6, 9, 4)),
    FactorisedReduce: (lambda: FactorisedReduce(4), (2, 6, 10, 3)),
    DeformableOperation: (lambda: DeformableOperation(4), (2, 6, 9, 4)),
    BinarisedOperation: (
        lambda: BinarisedOperation([ResidualBlock(4), Identity()]),
        [(2, 6, 10, 4), (1,), (2,)],
    ),
    MixedOperation: (lambda: MixedOperation(["none", "avg_pool_3x3"], 4, stride=2), [(2, 6, 9, 4), (2,)]),
    SearchCell: (
        lambda: SearchCell(4, nodes=2, reduction=True, reduced_before=True),
        [(2, 8, 12, 3), (2, 4, 6, 5), (5, 8)],
    ),
    DerivedCell: (
        lambda: DerivedCell(((("skip", 0), ("conv3", 1)), (("sep3", 2), ("none", 0))), 4, drop_path=0.5),
        [(2, 6, 10, 3), (2, 6, 10, 5)],
    ),
    SuperCell: (lambda: SuperCell(2, 4), [(2, 6, 10, 4), (2, 6, 10, 4), (5, 6)]),
    CompactCell: (lambda: CompactCell(TOY_CELL.nodes, 4, "leaky_relu"), [(2, 6, 10, 4), (2, 6, 10, 4)]),
    Fusion: (lambda: Fusion(((0, 1), (1, 0))), [(2, 3), (2, 6, 10, 4), (2, 6, 10, 4)]),
    LevelCell: (
        lambda: LevelCell(2, 4, outputs=1),
        [(2, 5, 9, 8), (2, 9, 17, 4), (2, 5, 9, 8), (2, 3, 5, 16), (5, 8), (3,)],
    ),
    PixelMLP: (lambda: PixelMLP(2, width=4, depth=2, drop_last=True), [(2, 6, 10, 4), (2, 3, 5, 47)]),
}


def draw(shape, seed=0):
    """Draw a float32 array in [0, 1] of the given shape, or a list of them."""
    if isinstance(shape, list):
        return [draw(one, seed + i) for i, one in enumerate(shape)]
    return np.random.default_rng(seed).random(shape).astype("float32")
