package org.sd15.importer.io;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Three files that belong together, and one of somebody else in the same folder. */
class FolderUpdateTest {

    private static final String GATE = "index.json";
    private static final List<String> FILES = List.of(GATE, "text/weights", "unet/weights");

    @TempDir
    private Path root;

    private Path folder;

    @BeforeEach
    void old() throws IOException {
        folder = root.resolve("folder");
        for (String file : FILES) {
            Files.createDirectories(folder.resolve(file).getParent());
            Files.writeString(folder.resolve(file), "old");
        }
        Files.writeString(folder.resolve("mine"), "mine");
    }

    private static void write(FolderUpdate update, List<String> files) throws IOException {
        for (String file : files) {
            Files.writeString(update.file(file), "new");
        }
    }

    private static void assertAll(Path folder, String expected) {
        FILES.forEach(
                file -> assertThat(folder.resolve(file)).as(folder + " " + file).hasContent(expected));
        assertThat(folder.resolve("mine")).hasContent("mine");
    }

    private static void copy(Path from, Path to) throws IOException {
        try (Stream<Path> files = Files.walk(from)) {
            for (Path file : files.toList()) {
                Files.copy(file, to.resolve(from.relativize(file).toString()));
            }
        }
    }

    /** What the disk would show if the process died before each of its changes. */
    private List<Path> moments() throws IOException {
        List<Path> moments = new ArrayList<>();
        Runnable keep = () -> {
            Path moment = root.resolve("moment-" + moments.size());
            moments.add(moment);
            try {
                copy(folder, moment);
            } catch (IOException problem) {
                throw new AssertionError(problem);
            }
        };
        try (FolderUpdate update = FolderUpdate.begin(folder, GATE, keep)) {
            keep.run();
            for (String file : FILES) {
                Files.writeString(update.file(file), "new");
                keep.run();
            }
            update.commit();
        }
        return moments;
    }

    @Test
    void aProcessThatDiesAtAnyMomentLeavesTheOldFilesOrTheNewOnes() throws IOException {
        List<Path> moments = moments();
        assertAll(folder, "new");
        assertThat(folder.resolve(FolderUpdate.STAGING)).doesNotExist();
        int completed = 0;
        for (Path moment : moments) {
            boolean decided = Files.exists(moment.resolve(FolderUpdate.STAGING).resolve("journal"));
            if (Files.exists(moment.resolve(GATE))) { // somebody who knows of no journal sees one kind, too
                assertAll(moment, Files.readString(moment.resolve(GATE)));
            }
            FolderUpdate.complete(moment);
            assertAll(moment, decided || moment.equals(moments.get(moments.size() - 1)) ? "new" : "old");
            completed += decided ? 1 : 0;
            assertThat(moment.resolve(FolderUpdate.STAGING).resolve("journal")).doesNotExist();
        }
        assertThat(moments).hasSizeGreaterThan(9);
        assertThat(completed).isEqualTo(5); // the gate away, three files moved, the journal removed
    }

    @Test
    void whoWritesNextCompletesOrRemovesWhatWasLeft() throws IOException {
        for (Path moment : moments()) {
            try (FolderUpdate update = FolderUpdate.begin(moment, GATE)) {
                write(update, List.of("unet/more"));
                update.commit();
            }
            assertAll(moment, Files.readString(moment.resolve(GATE)));
            assertThat(moment.resolve("unet/more")).hasContent("new");
            assertThat(moment.resolve(FolderUpdate.STAGING)).doesNotExist();
        }
    }

    @Test
    void whatIsNotCommittedIsGone() throws IOException {
        try (FolderUpdate update = FolderUpdate.begin(folder, GATE)) {
            write(update, FILES);
        }
        assertAll(folder, "old");
        assertThat(folder.resolve(FolderUpdate.STAGING)).doesNotExist();
        Path fresh = root.resolve("fresh");
        try (FolderUpdate update = FolderUpdate.begin(fresh, GATE)) {
            write(update, List.of("unet/weights"));
            assertThatThrownBy(update::commit).hasMessageContaining("can't be updated, as there is no index.json");
        }
        assertThat(fresh).doesNotExist();
    }

    @Test
    void oneUpdateAtATime() throws IOException {
        try (FolderUpdate update = FolderUpdate.begin(folder, GATE)) {
            assertThatThrownBy(() -> FolderUpdate.begin(folder, GATE))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining(
                            "is in use by process " + ProcessHandle.current().pid());
            write(update, FILES);
            update.commit();
        }
        assertAll(folder, "new");
    }

    @Test
    void aReaderDoesNotCompleteWhatItsWriterIsStillAt() throws IOException {
        try (FolderUpdate update = FolderUpdate.begin(folder, GATE)) {
            write(update, FILES);
            Files.writeString(folder.resolve(FolderUpdate.STAGING).resolve("journal"), String.join("\n", FILES));
            assertThatThrownBy(() -> FolderUpdate.complete(folder)).hasMessageContaining("is in use by process");
            assertAll(folder, "old");
        }
    }

    /** It may have come with a folder from anywhere. */
    @ParameterizedTest
    @ValueSource(strings = {"../outside", "/outside", "link/outside", "x/../../outside", "missing", "a\0b", ""})
    void aJournalThatReachesOutOfItsFolderIsNotCarriedOut(String name) throws IOException {
        Path outside = Files.createDirectories(root.resolve("elsewhere"));
        Files.createSymbolicLink(folder.resolve("link"), outside);
        Path staging = Files.createDirectories(folder.resolve(FolderUpdate.STAGING));
        Files.createDirectories(staging.resolve("files/link"));
        Files.writeString(staging.resolve("files/link/outside"), "evil");
        Files.writeString(staging.resolve("outside"), "evil");
        Files.writeString(staging.resolve("journal"), name);
        assertThatThrownBy(() -> FolderUpdate.complete(folder))
                .isInstanceOf(ImportException.class)
                .hasMessageContaining(folder.toString());
        assertThat(outside).isEmptyDirectory();
        assertThat(root.resolve("outside")).doesNotExist();
        assertAll(folder, "old");
    }

    @Test
    void aHiddenFolderThatIsALinkTakesNothingFromElsewhere() throws IOException {
        Path elsewhere = Files.createDirectories(root.resolve("elsewhere"));
        Files.writeString(elsewhere.resolve("journal"), "secret");
        Files.writeString(elsewhere.resolve("secret"), "secret");
        Path staging = Files.createDirectories(folder.resolve(FolderUpdate.STAGING));
        Files.writeString(staging.resolve("journal"), "secret");
        Files.createSymbolicLink(staging.resolve("files"), elsewhere);
        assertThatThrownBy(() -> FolderUpdate.complete(folder)).isInstanceOf(ImportException.class);
        assertThat(elsewhere.resolve("secret")).exists();
        Path linked = Files.createDirectories(root.resolve("linked"));
        Files.createSymbolicLink(linked.resolve(FolderUpdate.STAGING), elsewhere);
        FolderUpdate.complete(linked);
        assertThatThrownBy(() -> FolderUpdate.begin(linked, GATE)).hasMessageContaining("is a link; remove it");
        assertThat(elsewhere.resolve("secret")).exists();
    }
}
