"""Answers questions about Python's standards by PyPA's packaging, and about choices by pip and Poetry: a line of JSON in, one out."""

import json
import sys
import sysconfig
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import quote

from packaging import _manylinux, _musllinux, tags
from packaging.markers import InvalidMarker, Marker, UndefinedComparison, UndefinedEnvironmentName
from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.utils import InvalidWheelFilename, canonicalize_name, is_normalized_name, parse_wheel_filename
from packaging.version import InvalidVersion, Version
from pip._internal.index.package_finder import CandidateEvaluator
from pip._internal.models.candidate import InstallationCandidate
from pip._internal.models.link import Link as PipLink
from pip._internal.req.req_file import OptionParsingError, get_line_parser, preprocess
from pip._vendor.packaging.specifiers import SpecifierSet as PipSpecifierSet
from pip._vendor.packaging.tags import Tag as PipTag
from poetry.config.config import Config
from poetry.console.exceptions import PoetryRuntimeError
from poetry.core.constraints.version import Version as PoetryVersion, parse_constraint
from poetry.core.packages.dependency import Dependency
from poetry.core.packages.utils.link import Link as PoetryLink
from poetry.installation.chooser import Chooser
from poetry.packages.locker import Locker
from poetry.utils._compat import tomllib


def version(text):
    try:
        found = Version(text)
    except InvalidVersion:
        return None
    return [str(found), found.is_prerelease, found.public]


def compare(a, b):
    a, b = Version(a), Version(b)
    return (a > b) - (a < b)


def satisfies(text, specifiers, prereleases):
    try:
        return SpecifierSet(specifiers).contains(text, prereleases=prereleases)
    except InvalidSpecifier:
        return None


def choose_versions(texts, specifiers, prereleases):
    found = SpecifierSet(specifiers).filter([Version(text) for text in texts], prereleases=prereleases)
    return [str(one) for one in found]


def marker(text, environments):
    try:
        parsed = Marker(text)
    except InvalidMarker:
        return "invalid"
    return [evaluate(parsed, environment) for environment in environments]


def evaluate(parsed, environment):
    sets = ("extras", "dependency_groups")
    known = {key: frozenset(value) if key in sets else value for key, value in environment.items()}
    try:
        return parsed.evaluate({"extras": frozenset(), "dependency_groups": frozenset(), **known})
    except (UndefinedComparison, UndefinedEnvironmentName):
        return "undefined"


def requirement(text):
    try:
        found = Requirement(text)
    except InvalidRequirement:
        return None
    specifiers = sorted(str(one) for one in found.specifier)
    return [found.name, sorted(found.extras), specifiers, found.url, found.marker is not None]


def name(text):
    return [canonicalize_name(text), is_normalized_name(canonicalize_name(text))]


def wheels(file_names):
    return [wheel(file_name) for file_name in file_names]


def wheel(file_name):
    parsed = parse(file_name)
    if parsed is None:
        return None
    found, of_version, build, of_tags = parsed
    return [found, str(of_version), list(build), sorted(str(tag) for tag in of_tags)]


@cache
def parse(file_name):
    try:
        return parse_wheel_filename(file_name)
    except InvalidWheelFilename:
        return None


def requirement_lines(text):
    """What pip makes of a requirements file: line, requirement, and the options that count."""
    parse_line = get_line_parser(None)
    found = []
    for number, line in preprocess(text):
        try:
            words, options = parse_line(line)
        except OptionParsingError:
            return None
        hashes = [f"{name}:{value}" for name, values in (options.hashes or {}).items() for value in values]
        lists = [options.editables, options.requirements, options.constraints, options.extra_index_urls, hashes]
        found.append([number, " ".join(words.split()), *[one or [] for one in lists], options.index_url])
    return found


def poetry_allows(constraint, texts):
    try:
        parsed = parse_constraint(constraint)
    except ValueError:
        return None
    return [parsed.allows(PoetryVersion.parse(text)) for text in texts]


def poetry_python(constraint, texts):
    """On which Pythons a dependency with `python = constraint` counts."""
    dependency = Dependency("any", "*")
    try:
        dependency.python_versions = constraint
    except (AssertionError, ValueError):
        return None
    environments = [{"python_version": ".".join(text.split(".")[:2]), "python_full_version": text} for text in texts]
    return [dependency.marker.validate(environment) for environment in environments]


def poetry_content_hash(text):
    return Locker(Path("poetry.lock"), tomllib.loads(text))._get_content_hash()


def poetry_file_kinds(text, names):
    """Which kinds of files Poetry takes of each package, with this poetry.toml."""
    config = Config(use_environment=False)
    config.merge(tomllib.loads(text))
    any_tag = [tags.Tag("py3", "none", "any")]
    environment = SimpleNamespace(supported_tags=any_tag, supported_tags_set=set(any_tag))
    chooser = Chooser(None, environment, config)

    def takes(name, file_name):
        link = PoetryLink(f"https://example.com/{file_name}")
        repository = SimpleNamespace(find_links_for_package=lambda _: [link])
        chooser._get_repository = lambda _: repository
        try:
            return chooser.choose_for(SimpleNamespace(name=name, version=0, files=[], source_type=None)) is link
        except PoetryRuntimeError:
            return False

    files = {"wheel": "x-1-py3-none-any.whl", "sdist": "x-1.tar.gz"}
    return [[kind for kind, file_name in files.items() if takes(name, file_name)] for name in names]


def supported(target):
    python = target["python"]
    platforms = mac(target) if target["os"] == "darwin" else linux(target)
    if target["implementation"] == "pypy":
        joined = "".join(map(str, python))
        own = tags.generic_tags(f"pp{joined}", [f"pypy{joined}_pp73"], platforms)
        interpreter = "pp3"
    else:
        interpreter = "cp" + "".join(map(str, python))
        abi = interpreter + ("t" if target["freeThreaded"] else "") + ("m" if python < [3, 8] else "")
        own = tags.cpython_tags(python, [abi], platforms)
    return [str(tag) for tag in [*own, *tags.compatible_tags(python, interpreter, platforms)]]


def mac(target):
    return list(tags.mac_platforms(tuple(target["macos"]), target["machine"]))


def linux(target):
    """What packaging finds out by looking at the running Python is put in its place."""
    musl = target["musl"]
    libc = (-1, -1) if musl else tuple(target["glibc"])
    sysconfig.get_platform = lambda: f"linux-{target['machine']}"
    _manylinux._get_glibc_version = lambda: _manylinux._GLibCVersion(*libc)
    _manylinux._is_linux_armhf = _manylinux._is_linux_i686 = lambda executable: True
    _musllinux._get_musl_version = lambda executable: _musllinux._MuslVersion(*musl) if musl else None
    return list(tags._linux_platforms(is_32bit=False))


def choose(file_lists, target, installer):
    """The wheel that an installer itself takes of each list; null where none fits."""
    order = [tags.Tag(*tag.split("-")) for tag in supported(target)]
    known = set(order)
    choose_one = {"pip": by_pip, "poetry": by_poetry, "pylock": by_pylock, "uv": by_uv}[installer](order)
    return [choose_one([name for name in names if fits(name, known)]) for names in file_lists]


def fits(file_name, known):
    parsed = parse(file_name)
    return parsed is not None and not known.isdisjoint(parsed[-1])


def by_pip(order):
    order = [PipTag(tag.interpreter, tag.abi, tag.platform) for tag in order]
    evaluator = CandidateEvaluator("any", order, PipSpecifierSet(), release_control=None)

    def candidate(file_name):
        of_version = str(parse(file_name)[1])
        return InstallationCandidate("any", of_version, PipLink(f"https://example.com/{quote(file_name)}"))

    def choose_one(file_names):
        # The resolver looks at the last one first.
        found = evaluator.get_applicable_candidates([candidate(name) for name in file_names])
        return found[-1].link.filename if found else None

    return choose_one


def by_poetry(order):
    chooser = Chooser.__new__(Chooser)
    chooser._env = SimpleNamespace(supported_tags=order, supported_tags_set=set(order))
    package = SimpleNamespace(version=0, files=[])

    def choose_one(file_names):
        links = [PoetryLink(f"https://example.com/{quote(file_name)}") for file_name in file_names]
        # As Chooser._choose_hash_verified_link puts them.
        ordered = sorted(links, key=lambda link: chooser._sort_key(package, link), reverse=True)
        return ordered[0].filename if ordered else None

    return choose_one


def by_pylock(order):
    select = tags.create_compatible_tags_selector(order)
    return lambda file_names: next(select([(name, parse(name)[-1]) for name in file_names]), None)


def by_uv(order):
    """uv's rule written down again: the best tag, then the highest build tag, of equals the first."""
    ranks = {tag: rank for rank, tag in enumerate(order)}

    def key(file_name):
        _, _, build, of_tags = parse(file_name)
        return -min(ranks[tag] for tag in of_tags if tag in ranks), build

    return lambda file_names: max(file_names, key=key, default=None)


for line in sys.stdin:
    question, *arguments = json.loads(line)
    print(json.dumps(globals()[question](*arguments)), flush=True)
