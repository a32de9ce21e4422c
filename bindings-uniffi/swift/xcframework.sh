#!/bin/sh
# xcframework.sh [--all] FOLDER: builds EvertokenFFI.xcframework into FOLDER, zips it, and prints the checksum that Package.swift wants.
#
# Needs macOS with Xcode, and rustup. Slices: iOS, its simulator, macOS. `--all` adds tvOS and watchOS, for which Rust has no compiled standard
# library: that is built with the nightly that NIGHTLY names (rustup toolchain install "$NIGHTLY" --component rust-src).
set -eu

all=
[ "$1" = --all ] && { all=yes; shift; }
mkdir -p "$1"
folder=$(cd "$1" && pwd)
cd "$(dirname "$0")/../.."
target=${CARGO_TARGET_DIR:-target}
framework=$folder/EvertokenFFI.xcframework

# The oldest systems, as Package.swift has them.
export IPHONEOS_DEPLOYMENT_TARGET=15.0 MACOSX_DEPLOYMENT_TARGET=12.0 TVOS_DEPLOYMENT_TARGET=15.0 WATCHOS_DEPLOYMENT_TARGET=8.0
export CARGO_ENCODED_RUSTFLAGS="--remap-path-prefix=$PWD=evertoken"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# In a folder of its own: Xcode puts the headers of all frameworks into one, and each has a module.modulemap. Xcode knows what to link.
mkdir -p "$work/headers/EvertokenFFI"
cp bindings-uniffi/swift/Sources/EvertokenFFI/EvertokenFFI.h "$work/headers/EvertokenFFI/"
sed '/^ *link /d' bindings-uniffi/swift/Sources/EvertokenFFI/module.modulemap >"$work/headers/EvertokenFFI/module.modulemap"

set --
slice() { # name, targets: one library for all of them
    name=$1
    shift
    libraries=
    for triple; do
        if rustup target add "$triple" 2>/dev/null; then
            cargo rustc --locked -p evertoken-uniffi --lib --profile wheel --target "$triple" --crate-type staticlib
        else
            cargo "+$NIGHTLY" rustc --locked -Z build-std -p evertoken-uniffi --lib --profile wheel --target "$triple" --crate-type staticlib
        fi
        libraries="$libraries $target/$triple/wheel/libevertoken_uniffi.a"
    done
    mkdir -p "$work/$name"
    # shellcheck disable=SC2086 # the names of targets hold no space
    lipo -create $libraries -output "$work/$name/libevertoken_uniffi.a"
}

slice ios aarch64-apple-ios
slice ios-simulator aarch64-apple-ios-sim x86_64-apple-ios
slice macos aarch64-apple-darwin x86_64-apple-darwin
if [ -n "$all" ]; then
    slice tvos aarch64-apple-tvos
    slice tvos-simulator aarch64-apple-tvos-sim x86_64-apple-tvos
    slice watchos aarch64-apple-watchos arm64_32-apple-watchos
    slice watchos-simulator aarch64-apple-watchos-sim x86_64-apple-watchos-sim
fi

for library in "$work"/*/libevertoken_uniffi.a; do
    set -- "$@" -library "$library" -headers "$work/headers"
done
rm -rf "$framework" "$framework.zip"
xcodebuild -create-xcframework "$@" -output "$framework"
ditto -c -k --keepParent "$framework" "$framework.zip"
swift package compute-checksum "$framework.zip"
