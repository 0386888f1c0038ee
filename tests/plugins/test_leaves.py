"""Nothing a vendor sends goes under: every leaf of every item shows in a record or in `extra`.

Proven for what the vendors document, for every cassette, for all that a sandbox shows, whatever is
optional included, and for items made up from the wire classes.
"""

import copy

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from duetrail.http import cut
from duetrail.json_tree import leaves
from duetrail.testing.leaves import lost, on_page, spelled
from duetrail.testing.lineage import LineageStudy
from duetrail.testing.mutations import mutation
from duetrail.testing.wires import all_named, another, kind_at
from support import samples as sampling
from support.carrying import is_carried
from support.generated import items
from support.nightly import examples
from support.vendors import ELSEWHERE

SHAPES = sampling.shapes()
RESOURCES = list({(vendor, resource.name): resource for vendor, resource, _ in SHAPES}.items())
FILES = sorted(sampling.CASSETTES.glob("*/*/*"))

# Leaves that decide nothing, by the vendor's own logic and as its page says: the vendor, the
# resource, the shape and the path.
SILENT: frozenset[tuple[str, str, str, str]] = frozenset()

# A flag of Exante's that says nothing new beside a notice.
SAID_BY = {"is_bounced": "bounce_callout"}

# Keys that are cut in case they come: the answers that are read are documented without them.
UNSENT = {"exante": {"presigned_url"}, "stripe": {"client_secret"}}


@pytest.fixture(scope="module")
def study(samples):
    """All that is shown of a shape."""
    made = {}

    def of(vendor, resource, shape):
        if shape not in made:
            made[shape] = LineageStudy.of(
                samples.of(vendor, resource.name), samples.blank(vendor, resource), shape
            )
        return made[shape]

    return of


def each_shape(test):
    """The test for every shape of every resource of every vendor."""
    ids = [f"{vendor}-{resource.name}-{shape.name}" for vendor, resource, shape in SHAPES]
    return pytest.mark.parametrize(("vendor", "resource", "shape"), SHAPES, ids=ids)(test)


def each_resource(test):
    """The test for every resource of every vendor."""
    cases = [(vendor, resource) for (vendor, _), resource in RESOURCES]
    ids = [f"{vendor}-{resource.name}" for vendor, resource in cases]
    return pytest.mark.parametrize(("vendor", "resource"), cases, ids=ids)(test)


# --- the samples ---------------------------------------------------------------------------------


def test_there_are_vendors():
    """The tests of this file test something."""
    assert len(sampling.VENDORS) > 0


@pytest.mark.parametrize("file", FILES, ids=lambda file: f"{file.parent.name}-{file.name}")
def test_documents_and_cassettes_are_read(samples, file):
    """Every document and cassette is among the samples, but for those that show errors alone."""
    read = {sample.origin for sample in (*samples.documented, *samples.played)}
    assert (f"{file.parent.name}/{file.name}" in read) != sampling.is_refusal(file)


@each_shape
def test_every_shape_is_shown(study, vendor, resource, shape):
    """The sandbox, or a cassette where it does not play the vendor, has items of every shape."""
    shown = study(vendor, resource, shape).shown.values()
    origin = "cassette" if vendor in ELSEWHERE else "sandbox"
    assert origin in {leaf.sample.origin for found in shown for leaf in found}


@each_resource
def test_no_item_is_refused(samples, vendor, resource):
    """No sample has an item that cannot be mapped, or is left out."""
    for sample in samples.of(vendor, resource.name):
        batch = sample.mapped(sample.page.data)
        assert (batch.rejected, dict(batch.skipped)) == ((), {}), sample.origin


# --- the leaves ----------------------------------------------------------------------------------


@each_shape
def test_no_leaf_is_lost(samples, vendor, resource, shape):
    """What no wire field claims is in `extra`, with its value."""
    for sample in samples.of(vendor, resource.name):
        assert lost(sample, shape) == [], sample.origin


@each_shape
def test_every_claimed_leaf_changes_a_record(study, vendor, resource, shape):
    """Another value of a leaf that a wire field claims is another record.

    Leaves that no sample shows are put into items that have room for them.
    """
    fates = study(vendor, resource, shape).lineages(thorough=False)
    silent = {(vendor, resource.name, shape.name, one.path) for one in fates if not one.becomes}
    assert silent == {one for one in SILENT if one[:3] == (vendor, resource.name, shape.name)}


@each_shape
def test_what_a_shape_does_not_carry_another_does(study, vendor, resource, shape):
    """Where a shape has no say in a field it shows, another one of the same record has."""
    fates = study(vendor, resource, shape).lineages(thorough=False)
    others = [one for v, _, one in SHAPES if v == vendor and one.record is shape.record]
    names = {name for fate in fates if fate.is_claimed for name in fate.becomes}
    for name in names:
        assert any(is_carried(one, name) for one in others), name


@each_shape
def test_every_named_field_is_met(study, vendor, resource, shape):
    """A wire class names nothing that its items cannot hold."""
    one = study(vendor, resource, shape)
    for steps in all_named(shape.wire):
        shown = [path for path in one.shown if path.startswith(spelled(steps))]
        assert shown or one.takes(steps), spelled(steps)


def made_up(study, vendor, resource, shape, data):
    """An item that the wire class can read, with unknown keys at every depth, as a sample."""
    item = data.draw(items(shape.wire, tuple(sorted(resource.never_stored))))
    sample = study(vendor, resource, shape).accepted({shape.id: "made-up"} | item)
    assume(sample is not None)
    return sample


@each_shape
@given(data=st.data())
@settings(max_examples=examples(8, 40), deadline=None)
def test_no_leaf_of_a_made_up_item_is_lost(study, vendor, resource, shape, data):
    """The same of whatever the wire class could read, with unknown keys at every depth."""
    assert lost(made_up(study, vendor, resource, shape, data), shape) == []


@each_shape
@given(data=st.data())
@settings(max_examples=examples(10, 60), deadline=None)
def test_every_claimed_leaf_of_a_made_up_item_counts(study, vendor, resource, shape, data):
    """Another value of it is another record, or another `extra`, whatever stands beside it."""
    sample = made_up(study, vendor, resource, shape, data)
    shown = [leaf for leaf in on_page(sample, shape) if leaf.is_claimed]
    leaf = data.draw(st.sampled_from(shown))
    other = another(kind_at(shape.wire, leaf.steps), leaf.value)
    becomes = mutation(sample, leaf.found).changed(leaf.steps, other)
    assume(becomes is not None)
    assert becomes or _says_the_same(leaf), leaf.path


def _says_the_same(leaf):
    """Whether a leaf that was null says what another one says already: that an email bounced."""
    return leaf.value is None and leaf.found.raw.get(SAID_BY.get(leaf.path)) is not None


# --- what is never stored ------------------------------------------------------------------------


@each_resource
def test_what_is_never_stored_is_nowhere(samples, vendor, resource):
    """A key that is cut is on no page, neither in its bytes nor in its data."""
    for sample in samples.of(vendor, resource.name):
        assert not [k for k in resource.never_stored if f'"{k}":'.encode() in sample.page.body]
        assert not cut(copy.deepcopy(sample.page.data), resource.never_stored)


def test_what_a_cassette_hides_is_never_stored(samples):
    """What stands as a placeholder in a cassette is among what is cut."""
    for sample in samples.played:
        values = [value for _, value in leaves(sample.page.data)]
        assert "[secret]" not in values, sample.origin


@each_shape
def test_what_is_never_stored_is_claimed_by_nobody(vendor, resource, shape):
    """No wire field names a key that is cut."""
    named = {step for steps in all_named(shape.wire) for step in steps}
    assert not named & resource.never_stored


@pytest.mark.parametrize("vendor", sampling.VENDORS)
def test_what_is_never_stored_is_sent(samples, vendor):
    """Every key that is cut is one that the sandbox sends, so that cutting is tried."""
    keys = {key for (name, _), one in RESOURCES if name == vendor for key in one.never_stored}
    assert keys - samples.cut[vendor] == UNSENT.get(vendor, set())
