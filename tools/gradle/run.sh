#!/bin/sh
# Has Gradle resolve the README's dependencies, from artifacts that are installed in a repository of their own, prints the jars
# and draws with them. ./run.sh -o takes no network once all is there. The README's lines are for Linux x86-64.
set -eu
here=$(CDPATH= cd -- "$(dirname -- "$0")" && pwd)
root=$here/../..
files=$here/target
known=${HOME}/.m2/repository
mkdir -p "$files/project" "$files/home"
maven() {
    "$root/mvnw" -q -B -Dmaven.repo.local="$files/repository" -Dmaven.repo.local.tail="$known" "$@"
}
maven "$@" -f "$root/pom.xml" -DskipTests -Dspotless.check.skip install
maven "$@" -f "$here/pom.xml" org.apache.maven.plugins:maven-dependency-plugin:3.8.1:build-classpath \
    -Dmdep.outputFile="$files/gradle"
java --add-opens java.base/java.lang=ALL-UNNAMED --add-opens java.base/java.util=ALL-UNNAMED \
    -cp "$(cat "$files/gradle")" "$here/Resolve.java" "$root/README.md" "$files" "$files/repository" "$known" > "$files/classpath"
tr ':' '\n' < "$files/classpath" | sed 's|.*/||' | sort
java -cp "$(cat "$files/classpath")" "$here/Draw.java" "$root/sd15-shapes/target/classes/shapes"
