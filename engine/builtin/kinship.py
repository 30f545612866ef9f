"""Which segments are shades of one region's colour: the kinship of a picture's segments.

Segments are the nodes of a graph, and what speaks for or against their kinship, as log odds, its
edges. The surest two are joined first and their edges added up, until little speaks for another
join (greedy additive edge contraction, Keuper et al. 2015, "Efficient decomposition of image and
mesh graphs by lifted multicuts", algorithm 1).
"""

from __future__ import annotations

import heapq

import numpy as np
from numpy.typing import NDArray

from engine.builtin.bases import choose_bases, find_candidates
from engine.builtin.borders import Borders
from engine.builtin.evidence import (
    LOUDEST,
    Evidence,
    find_customs,
    find_evidence,
    find_likeness,
    luma,
)
from engine.builtin.judge import judge_of
from engine.builtin.light import EXACT, Colour
from engine.builtin.pixels import Bytes, Integers, Mask
from engine.builtin.regions import Segments, Tones
from engine.builtin.settings import Settings, ToneCount

Odds = NDArray[np.float64]

CERTAIN = 8.0
"""Log odds of segments of one tone that touch."""
NEAR_SHADE = 32
"""How far, in 1/255, a tone may be from the one it is a shade of elsewhere."""
ELSEWHERE = 0.5
"""The part of a tone's area that says what it is a shade of."""
MOST = 4.0
"""The most that a judge may say."""
LEAST_SURE = 2.0
"""The log odds above which groups join unless the artist says that the picture is shaded: two flat
colors in one are worse than one in two shades."""
LIKELY = 1.0
"""The most that likeness from afar may say for kinship: it is there to part what leaks join."""
SHADED = 1e-3
"""The part of the picture that shows a region to be shaded."""
SHADED_REGIONS = 2
"""How many regions a shaded picture shades at least."""
LEANS = (1.0, 2.0, 3.0)
"""Added to log odds, one after the other, where no shade is seen and the artist says there is."""
LEAST_WORD = 0.7
"""How much a border must say for its fading to be a fact."""
FADING = 0.6
"""The part of a border that makes it one without an edge."""
SPECK = 1e-4
"""The part of the picture below which a group is a speck."""
FACTOR_MISFIT = 0.08
"""How far a full shadow may be from the picture's factor, as a part of it."""


def group(
    tones: Tones, segments: Segments, borders: Borders, settings: Settings
) -> tuple[Integers, Colour | None]:
    """(N,) for each segment, the tone that is its region's flat color; the shadow factor."""
    if settings.tones is ToneCount.ONE:
        return segments.tones, None
    customs = find_customs(tones, segments, borders)
    evidence = find_evidence(tones, segments, borders, customs)
    likeness = find_likeness(tones, segments, customs)
    pairs, odds = graph(segments, borders, evidence, likeness)
    guessed = settings.tones is ToneCount.AUTOMATIC
    least = LEAST_SURE if guessed else 0

    def bases_by(pairs: Integers, odds: Odds) -> Integers:
        groups = contract(len(segments.tones), pairs, odds, least)
        groups = absorb_specks(groups, segments.areas, borders, SPECK / settings.finer)
        candidates = find_candidates(groups, tones, segments, borders, customs)
        return settle_tones(choose_bases(groups, candidates), segments, tones.colours)

    bases = bases_by(pairs, odds)
    for lean in LEANS if settings.tones is ToneCount.FEW else ():
        if not is_shaded(bases, segments):
            bases = bases_by(*graph(segments, borders, evidence, likeness, lean))
    if guessed and not is_shaded(bases, segments):
        faded = find_faded(evidence)
        return bases_by(evidence.pairs[faded], np.full(int(faded.sum()), CERTAIN)), None
    factor = customs.shadow.factor if customs.shadow.carried else None
    if factor is not None:
        bases = adopt_shadows(bases, segments.areas, tones.colours.astype(np.float64), factor)
    return bases, factor


def graph(
    segments: Segments,
    borders: Borders,
    evidence: Evidence,
    likeness: Evidence,
    lean: float = 0.0,
) -> tuple[Integers, Odds]:
    """The kinship graph: (E, 2) segments and (E,) the log odds of their kinship.

    Long borders and large segments say more; segments of one tone that touch are surely kin, and
    the background is nothing's. `lean` is added to each judge's log odds.
    """
    ends = segments.tones[borders.pairs]
    touching = borders.pairs[(borders.bare > 0) & (ends[:, 0] == ends[:, 1])]
    pairs = np.concatenate([evidence.pairs, touching, likeness.pairs])
    odds = np.concatenate(
        [
            np.clip(judge_of("kinship")(evidence.features) + lean, -MOST, MOST) * evidence.weights,
            np.full(len(touching), CERTAIN),
            likely(likeness, segments, lean),
        ]
    )
    behind = segments.behind[pairs]
    odds[behind[:, 0] != behind[:, 1]] = -np.inf
    return pairs, odds


def find_faded(evidence: Evidence) -> Mask:
    """(M,) the pairs that meet without an edge and are kin, too, by what the judge sees.

    Under a line the picture is painted in, and there any two colours fade into each other.
    """
    kin = judge_of("kinship")(evidence.features) > 0
    return kin & (evidence.fading > FADING) & (evidence.weights > LEAST_WORD)


def likely(likeness: Evidence, segments: Segments, lean: float = 0.0) -> Odds:
    """(M,) the log odds that likeness from afar speaks of.

    A lit region in many pieces says no more for a segment's kinship than one in one piece: the
    tones are the same, and so is what the judge sees. The tone that covers less is the one asking.
    """
    odds = np.clip(judge_of("likeness")(likeness.features) + lean, -MOST, LIKELY) * likeness.weights
    ends = segments.tones[likeness.pairs]
    covered = np.bincount(segments.tones, segments.areas)[ends]
    asking = np.where(covered[:, 0] > covered[:, 1], likeness.pairs[:, 1], likeness.pairs[:, 0])
    asked = np.where(covered[:, 0] > covered[:, 1], ends[:, 0], ends[:, 1])
    _, answer = np.unique(np.stack([asking, asked], axis=1), axis=0, return_inverse=True)
    said = np.bincount(answer, np.maximum(odds, 0))[answer]
    return np.where(odds > 0, odds * np.minimum(1, LOUDEST / np.maximum(said, 1)), odds)


def contract(size: int, pairs: Integers, odds: Odds, least: float) -> Integers:
    """(size,) the group of each node: greedy additive edge contraction of what is above `least`."""
    beside: list[dict[int, float]] = [{} for _ in range(size)]
    for (one, other), weight in zip(pairs.tolist(), odds.tolist(), strict=True):
        beside[one][other] = beside[other][one] = beside[one].get(other, 0.0) + weight
    heap = [
        (-weight, one, other)
        for one, near in enumerate(beside)
        for other, weight in near.items()
        if one < other and weight > least
    ]
    heapq.heapify(heap)
    group = np.arange(size)
    while heap:
        weight, one, other = heapq.heappop(heap)
        if beside[one].get(other) != -weight:
            continue
        if len(beside[one]) < len(beside[other]):
            one, other = other, one
        group[other] = one
        for third, more in beside[other].items():
            del beside[third][other]
            if third != one:
                total = beside[one].get(third, 0.0) + more
                beside[one][third] = beside[third][one] = total
                if total > least:
                    heapq.heappush(heap, (-total, one, third))
        beside[other] = {}
    return settle(group)


def settle(group: Integers) -> Integers:
    """Follow each node to the one that stands for its group."""
    while True:
        further = group[group]
        if (further == group).all():
            return group
        group = further


def absorb_specks(groups: Integers, areas: Integers, borders: Borders, share: float) -> Integers:
    """Give groups too small to be a region to the neighbour that they share most border with."""
    total = np.bincount(groups, areas, minlength=len(groups))
    least, heir = share * total.sum(), np.arange(len(groups))
    between = borders.between(groups)
    for index in np.argsort(-between.whole):
        ends = [int(settle_one(heir, end)) for end in between.pairs[index]]
        small, large = sorted(ends, key=lambda end: total[end])
        if small != large and total[small] < least:
            heir[small] = large
            total[large] += total[small]
    return settle(heir)[groups]


def settle_one(heir: Integers, group: int) -> int:
    """The heir at the end of the line."""
    while heir[group] != group:
        group = int(heir[group])
    return group


def is_shadow(bright: Colour, dim: Colour, factor: Colour) -> bool:
    """`dim` is `bright` in the picture's own full shadow."""
    whole = bright * (1 - factor)
    coverage = float((whole * (bright - dim)).sum() / max(float((whole * whole).sum()), 1))
    misfit = float(np.abs(dim - bright + coverage * whole).max())
    return (
        abs(coverage - 1) < FACTOR_MISFIT and misfit < EXACT and float((bright - dim).max()) > EXACT
    )


def is_shaded(bases: Integers, segments: Segments) -> bool:
    """Whether enough regions show a shade of their flat color for the picture to have shading.

    One that looks shaded, alone among many, is two flat colors that look alike.
    """
    shaded = segments.tones != bases
    areas = np.bincount(bases[shaded], segments.areas[shaded])
    return int((areas > SHADED * segments.areas.sum()).sum()) >= SHADED_REGIONS


def settle_tones(bases: Integers, segments: Segments, colours: Bytes) -> Integers:
    """Treat a tone alike everywhere: where it is its own base, take the one it has elsewhere.

    Lines cut one glow or shadow into pieces, and not each piece touches the lit color.
    """
    size, levels = len(colours), colours.astype(np.int64)
    uses = np.zeros((size, size))
    np.add.at(uses, (segments.tones, bases), segments.areas)
    apart = np.abs(levels[:, None] - levels[None]).max(axis=2)
    elsewhere = np.where((apart > 0) & (apart <= NEAR_SHADE), uses, 0)
    chief = elsewhere.argmax(axis=1)
    shaded = elsewhere.max(axis=1) > ELSEWHERE * uses.sum(axis=1)
    return np.where(shaded[bases], chief[bases], bases)


def adopt_shadows(bases: Integers, areas: Integers, colours: Colour, factor: Colour) -> Integers:
    """Give groups that lie wholly in shadow, behind lines, the flat color of their lit kin."""
    lit = {int(tone): float(areas[bases == tone].sum()) for tone in np.unique(bases)}
    for tone in sorted(lit, key=lambda tone: -float(luma(colours[tone]))):
        fits = [
            (area, other)
            for other, area in lit.items()
            if is_shadow(colours[other], colours[tone], factor)
        ]
        if fits:
            del lit[tone]
            bases = np.where(bases == tone, max(fits)[1], bases)
    return bases
