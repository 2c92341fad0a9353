package org.sd15.examples;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.jar.JarOutputStream;
import java.util.zip.ZipEntry;

/**
 * The launcher {@code sd15} in a tree of its own, with a {@code java} and a {@code mvnw} that only tell what they are told.
 *
 * @param folder holds the tree and the programs
 * @param root the tree
 */
record LauncherTree(Path folder, Path root) {

    /** Tells its arguments, the locale and whether each entry of its class path is there. */
    private static final String JAVA = """
        #!/bin/sh
        case "$*" in *DumpLoadedClassList*|*Xshare:dump*) exit 0 ;; esac
        echo "java $*"
        echo "LC_ALL=${LC_ALL-none} LC_CTYPE=${LC_CTYPE-none} LANG=${LANG-none}"
        while [ $# -gt 0 ]; do
            if [ "$1" = -cp ]; then
                IFS=:
                for entry in $2; do
                    [ -e "${entry%/\\*}" ] && echo "entry there" || echo "entry $entry missing"
                done
            fi
            shift
        done
        """;

    /** A machine where two locales of UTF-8 are installed. */
    private static final String LOCALE = """
        #!/bin/sh
        case "$1 ${LC_ALL:-${LC_CTYPE:-${LANG:-C}}}" in
            -a*) printf 'C\\nC.utf8\\nde_DE.utf8\\n' ;;
            "charmap C.UTF-8" | "charmap de_DE.UTF-8") echo UTF-8 ;;
            *) echo ANSI_X3.4-1968 ;;
        esac
        """;

    /** Builds by copying what lies ready; fails, or is cut off in the middle, when told to. */
    static final String MVNW = """
        #!/bin/sh
        echo "$*" >>"$BUILDS"
        backend=cpu lib=lib
        case "$*" in *-Pcuda*) backend=${*#*-P} backend=${backend%% *} lib=lib-$backend ;; esac
        mkdir -p examples/target/$lib
        printf %s "$backend" >examples/target/backend
        [ ! -f examples/killed ] || kill -9 $PPID
        [ ! -f examples/fail ] || { head -c 40 "$READY" >examples/target/sd15-examples.jar; exit 1; }
        [ ! -f examples/slow ] || sleep 0.3
        cp "$READY" examples/target/sd15-examples.jar
        """;

    /** A run of the launcher that has ended. */
    record Run(int exit, String out, String err) {}

    /** A tree in a folder, built and fresh. */
    static LauncherTree in(Path folder, String name) throws IOException {
        script(folder.resolve("jdk/bin/java"), JAVA);
        script(folder.resolve("bin/locale"), LOCALE);
        Path ready = folder.resolve("ready.jar");
        try (JarOutputStream jar = new JarOutputStream(Files.newOutputStream(ready))) {
            jar.putNextEntry(new ZipEntry("a"));
        }
        LauncherTree tree = new LauncherTree(folder, folder.resolve(name));
        Path project = Path.of(System.getProperty("sd15.root"));
        Files.createDirectories(tree.root.resolve("examples/src/main"));
        Files.createDirectories(tree.target("lib"));
        script(tree.launcher(), Files.readString(project.resolve("sd15")));
        script(tree.root.resolve("mvnw"), MVNW);
        Files.copy(project.resolve("examples/jvm.options"), tree.root.resolve("examples/jvm.options"));
        Path pom = Files.writeString(tree.root.resolve("pom.xml"), "<project/>");
        Files.setLastModifiedTime(pom, FileTime.fromMillis(0));
        Files.copy(ready, tree.jar());
        Files.createFile(tree.target("launcher.stamp"));
        return tree;
    }

    /** The launcher. */
    Path launcher() {
        return root.resolve("sd15");
    }

    /** Something that is built. */
    Path target(String name) {
        return root.resolve("examples/target").resolve(name);
    }

    /** The program. */
    Path jar() {
        return target("sd15-examples.jar");
    }

    /** Writes a program. */
    static void script(Path path, String text) throws IOException {
        Files.createDirectories(path.getParent());
        Files.writeString(path, text);
        Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    /** A process with nothing in its environment but what the launcher needs and what is given. */
    ProcessBuilder process(Map<String, String> environment, String... command) {
        ProcessBuilder process = new ProcessBuilder(command).directory(folder.toFile());
        process.environment().clear();
        process.environment().put("PATH", folder.resolve("bin") + ":" + System.getenv("PATH"));
        process.environment().put("JAVA_HOME", folder.resolve("jdk").toString());
        process.environment().put("READY", folder.resolve("ready.jar").toString());
        process.environment().put("BUILDS", folder.resolve("builds").toString());
        process.environment().putAll(environment);
        return process;
    }

    /** Waits for a process. */
    static Run ended(Process process) throws IOException, InterruptedException {
        String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        String err = new String(process.getErrorStream().readAllBytes(), StandardCharsets.UTF_8);
        return new Run(process.waitFor(), out, err);
    }

    /** Runs a command to its end. */
    Run run(Map<String, String> environment, String... command) throws IOException, InterruptedException {
        return ended(process(environment, command).start());
    }

    /** Runs {@code sd15 doctor} to its end. */
    Run doctor(Map<String, String> environment) throws IOException, InterruptedException {
        return run(environment, launcher().toString(), "doctor");
    }

    /** What each build was told so far. */
    List<String> builds() throws IOException {
        Path builds = folder.resolve("builds");
        return Files.exists(builds) ? Files.readAllLines(builds) : List.of();
    }
}
