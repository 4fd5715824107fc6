"""Packaging of vla_ros, for colcon (ament_python) and for pip alike."""

from pathlib import Path

from setuptools import find_packages, setup

NAME = "vla_ros"
SHARED_FOLDERS = ("launch", "config", "models")


def shared_files() -> list[tuple[str, list[str]]]:
    """Return what goes into share/vla_ros, folder by folder."""
    files = [
        ("share/ament_index/resource_index/packages", [f"resource/{NAME}"]),
        (f"share/{NAME}", ["package.xml"]),
    ]
    for root in SHARED_FOLDERS:
        for folder in [Path(root), *sorted(p for p in Path(root).rglob("*") if p.is_dir())]:
            inside = sorted(
                str(p) for p in folder.iterdir() if p.is_file() and not p.name.endswith(".pyc")
            )
            if inside and folder.name != "__pycache__":
                files.append((f"share/{NAME}/{folder}", inside))
    return files


setup(
    name=NAME,
    version="0.1.0",
    description="Say what you want, and a robot arm with a camera does it, over ROS 2 topics.",
    license="Apache-2.0",
    packages=find_packages(include=[NAME, f"{NAME}.*"]),
    package_data={NAME: ["evaluation/*.j2"]},
    data_files=shared_files(),
    zip_safe=False,
    python_requires=">=3.10",
    install_requires=[
        "setuptools",
        "daqp",
        "mink>=1.0",
        "mujoco>=3.3,<4",
        "numpy>=1.24",
        "onnxruntime>=1.17",
        "opencv-python-headless>=4.8",
        "pytransform3d>=3.5",
        "pyyaml",
        "rich",
        "scipy>=1.11",
        "tokenizers",
        "typer>=0.12",
    ],
    extras_require={
        # rclpy over Fast DDS for machines without a ROS 2 install; never beside one.
        "ros": ["ros-jazzy-common-interfaces", "ros-jazzy-rclpy", "ros-jazzy-rmw-fastrtps-cpp"],
        "sim": ["imageio", "imageio-ffmpeg", "jinja2", "matplotlib", "pillow"],
        # Recognisers and microphones; voices are programs: apt-get install espeak-ng libportaudio2.
        "speech": ["faster-whisper>=1.1", "pocketsphinx>=5.0.3", "sounddevice"],
        # Episodes on several machines; ray's core only, without its dashboard.
        "cluster": ["ray>=2.40"],
        "models": [
            "jinja2",
            "onnx",
            "pillow",
            "regex",
            "safetensors",
            "sentencepiece",
            "torch>=2.4",
            "transformers>=5.0",
        ],
        "dev": [
            "hypothesis",
            "mypy",
            "pre-commit",
            "pytest<9",
            "pytest-rerunfailures",
            "pytest-xdist",
            "ruff",
        ],
    },
    entry_points={
        "console_scripts": [
            "vla-ros = vla_ros.cli:main",
            "grounding_node = vla_ros.nodes.grounding_node:main",
            "mujoco_sim_node = vla_ros.nodes.mujoco_sim_node:main",
            "safety_node = vla_ros.nodes.safety_node:main",
            "speech_node = vla_ros.nodes.speech_node:main",
            "task_node = vla_ros.nodes.task_node:main",
        ]
    },
)
