"""Where published data sets keep their files as they unpack: Cityscapes, COCO-Stuff, CMP Facades, BSDS500."""

import pathlib

from course_lib import checks
from course_lib.data import augment, images
from course_lib.data.labelled_folders import Files, LabelledFolder
from course_lib.data.photograph_folder import PhotographFolder

CITYSCAPES_CLASSES = 35  # ids 0 to 33, and one that pix2pixHD keeps for the licence plate
COCO_STUFF_CLASSES = 182
COCO_STUFF_UNLABELLED = 255
FACADES_CLASSES = 13  # ids 1 to 12, and 0, which ASAP-Net and SPADE count though no pixel should have it
FACADES_TEST = 60  # the first pictures, which SPADE and ASAP-Net test on
# The six photographs of train and val that the authors of HiNAS watch a search by.
BSDS500_VALIDATION = ("90076", "92059", "94079", "95006", "97017", "97033")
_FACADES_LOADED = 286 / 256  # how much larger SPADE loads what it cuts windows of


def cityscapes(root, split, with_pictures=True, size=None):
    """Find the labelled pictures of Cityscapes: gtFine and leftImg8bit, matched by city, sequence and frame.

    Args:
        root: folder that holds gtFine and leftImg8bit.
        split: "train", "val" or "test".
        with_pictures: whether photographs are needed; without, only the maps are opened.
        size: as in LabelledFolder; (512, 1024) is pix2pixHD's, (256, 512) that of SPADE and ASAP-Net.

    Returns:
        LabelledFolder with 35 classes.

    Raises:
        FileNotFoundError: a folder is missing or holds no label map.
        ValueError: an unknown split, or maps and photographs without partners; all are named.
    """
    checks.one_of("cityscapes()", "splits", split, ("train", "val", "test"))
    root = pathlib.Path(root)
    annotations = _folder("cityscapes()", root / "gtFine" / split)
    found = {
        "labels": _by_frame(annotations.glob("*/*_gtFine_labelIds.png")),
        "instances": _by_frame(annotations.glob("*/*_gtFine_instanceIds.png")),
    }
    if with_pictures:
        photographs = _folder("cityscapes()", root / "leftImg8bit" / split, "Or pass with_pictures=False.")
        found["picture"] = _by_frame(photographs.glob("*/*_leftImg8bit.png"))
    return LabelledFolder(_join("cityscapes()", found, annotations), CITYSCAPES_CLASSES, size=size)


def cityscapes_photographs(root, split, size=None):
    """Find the photographs of Cityscapes alone, as sharp pictures of which a degradation makes pairs.

    Args:
        root: folder that holds leftImg8bit.
        split: "train" (2975 photographs), "val" (500) or "test".
        size: as in PhotographFolder; (512, 1024) halves the photographs.

    Returns:
        PhotographFolder, named by city, sequence and frame.

    Raises:
        FileNotFoundError: the folder is missing or holds no photograph.
        ValueError: an unknown split.
    """
    owner = "cityscapes_photographs()"
    checks.one_of(owner, "splits", split, ("train", "val", "test"))
    folder = _folder(owner, pathlib.Path(root) / "leftImg8bit" / split)
    found = _by_frame(folder.glob("*/*_leftImg8bit.png"))
    if not found:
        raise FileNotFoundError(f"{owner} found no CITY/FRAME_leftImg8bit.png in {folder}.")
    return PhotographFolder(dict(sorted(found.items())), size)


def coco_stuff(root, split, with_pictures=True, size=None):
    """Find the labelled pictures of COCO-Stuff in the layout of SPADE: {split}_label, _inst and _img.

    Args:
        root: folder that holds the three folders.
        split: "train" or "val".
        with_pictures: whether photographs are needed; without, only the maps are opened.
        size: as in LabelledFolder; the photographs differ in shape, so that no size fits all.

    Returns:
        LabelledFolder with 182 classes and 255 for "no label".

    Raises:
        FileNotFoundError: a folder is missing or holds no label map.
        ValueError: an unknown split, or maps and photographs without partners; all are named.
    """
    checks.one_of("coco_stuff()", "splits", split, ("train", "val"))
    endings = {"labels": "label", "instances": "inst"} | ({"picture": "img"} if with_pictures else {})
    folders = {
        kind: _folder("coco_stuff()", pathlib.Path(root) / f"{split}_{ending}")
        for kind, ending in endings.items()
    }
    found = {kind: {path.stem: path for path in images.find(folder)} for kind, folder in folders.items()}
    files = _join("coco_stuff()", found, folders["labels"])
    return LabelledFolder(files, COCO_STUFF_CLASSES, COCO_STUFF_UNLABELLED, size)


def facades(root, split, with_pictures=True, size=None):
    """Find the labelled house fronts of CMP Facades (CMP_facade_DB_base): base/cmp_b0001.jpg and .png.

    There are no instances. The fronts differ in shape; with a size all are stretched to it, as SPADE does.
    Training pictures come out 286 / 256 of it, so that windows of the size are drawn by chance.

    Args:
        root: folder that holds base.
        split: "train" (from cmp_b0061, 318 pictures) or "test" (the first 60).
        with_pictures: whether photographs are needed; without, only the maps are opened.
        size: side of the training windows in pixels, or (height, width); None leaves all as it is.

    Returns:
        LabelledFolder with 13 classes and no instances.

    Raises:
        FileNotFoundError: the folder is missing or holds no label map of the split.
        ValueError: an unknown split, or maps and photographs without partners; all are named.

    Source:
        Tylecek and Sara, Spatial Pattern Templates for Recognition of Objects with Regular Structure, GCPR
        2013; the split of Rott Shaham et al., ASAP-Net, CVPR 2021.
    """
    checks.one_of("facades()", "splits", split, ("train", "test"))
    folder = _folder("facades()", pathlib.Path(root) / "base", "Unpack CMP_facade_DB_base.zip there.")
    found = {"labels": _fronts(folder, "png", split)}
    if with_pictures:
        found["picture"] = _fronts(folder, "jpg", split)
    if size is not None:
        scale = _FACADES_LOADED if split == "train" else 1
        size = tuple(round(scale * side) for side in augment.sides("facades()", size, "size"))
    return LabelledFolder(_join("facades()", found, folder), FACADES_CLASSES, size=size, stretch=True)


def bsds500(root, split):
    """Find the photographs of BSDS500: 481 x 321 and 321 x 481 pixels, in the order of their names as text.

    Papers on denoising learn from all 300 photographs of train and val, and are judged by the 200 of test.
    Here six of the 300 are kept aside for validation. BSD68 is a part of val: what was trained on this set
    has seen it.

    Args:
        root: folder that holds BSDS500, such as BSR, as BSR_bsds500.tgz unpacks; or BSDS500 itself, or the
            folder with train, val and test.
        split: "train" (294 photographs), "validation" (6) or "test" (200).

    Returns:
        PhotographFolder that keeps what was opened, 460 kilobytes a photograph.

    Raises:
        FileNotFoundError: a folder is missing or holds no photograph.
        ValueError: an unknown split, or photographs of the validation that are not there.

    Source:
        Arbelaez et al., Contour Detection and Hierarchical Image Segmentation, TPAMI 2011; the split into
        300 and 200 of Zhang et al., Memory-Efficient Hierarchical Neural Architecture Search, CVPR 2020.
    """
    owner = "bsds500()"
    checks.one_of(owner, "splits", split, ("train", "validation", "test"))
    places = [pathlib.Path(root) / inside for inside in ("BSDS500/data/images", "data/images", "")]
    home = next((place for place in places if (place / "test").is_dir()), places[0])
    found = {}
    for part in ("test",) if split == "test" else ("train", "val"):
        folder = _folder(owner, home / part, "Unpack BSR_bsds500.tgz there.")
        # By the ending: the archive brings a Thumbs.db in each folder.
        photographs = {path.stem: path for path in folder.glob("*.jpg") if not path.name.startswith(".")}
        if not photographs:
            raise FileNotFoundError(f"{owner} found no photographs (.jpg) in {folder}.")
        found |= photographs
    if split != "test":
        lacking = [name for name in BSDS500_VALIDATION if name not in found]
        if lacking:
            raise ValueError(f"{owner} lacks {', '.join(lacking)} in {home}. Unpack BSR_bsds500.tgz whole.")
        watched = split == "validation"
        found = {name: path for name, path in found.items() if (name in BSDS500_VALIDATION) == watched}
    return PhotographFolder(dict(sorted(found.items())), keep=True)


def _folder(owner, path, way_out=""):
    if not path.is_dir():
        raise FileNotFoundError(f"{owner} found no folder {path}. {way_out}".rstrip())
    return path


def _by_frame(paths):
    # aachen_000000_000019_gtFine_labelIds.png: city, sequence and frame name the picture.
    return {"_".join(path.name.split("_")[:3]): path for path in paths}


def _fronts(folder, ending, split):
    paths = folder.glob(f"cmp_b[0-9][0-9][0-9][0-9].{ending}")
    return {
        path.stem: path
        for path in paths
        if (int(path.stem.removeprefix("cmp_b")) <= FACADES_TEST) == (split == "test")
    }


def _join(owner, found, folder):
    if not found["labels"]:
        raise FileNotFoundError(f"{owner} found no label maps in {folder}.")
    every = sorted(set().union(*found.values()))
    alone = [
        f"{name} (no {', no '.join(kind for kind in found if name not in found[kind])})"
        for name in every
        if any(name not in files for files in found.values())
    ]
    if alone:
        shown = ", ".join(alone[:8]) + (f" and {len(alone) - 8} more" if len(alone) > 8 else "")
        kinds = {"labels": "labels", "instances": "instances", "picture": "pictures"}
        *first, last = [kinds[kind] for kind in found]
        raise ValueError(
            f"{owner} needs {', '.join(first)} and {last} of the same names; incomplete are {shown}."
        )
    instances, pictures = (found.get(kind, dict.fromkeys(every)) for kind in ("instances", "picture"))
    return [
        Files(name=name, labels=found["labels"][name], instances=instances[name], picture=pictures[name])
        for name in every
    ]
