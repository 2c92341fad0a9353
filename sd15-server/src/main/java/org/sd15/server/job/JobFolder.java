package org.sd15.server.job;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.ThreadLocalRandom;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.sd15.importer.io.AtomicFile;
import org.sd15.server.http.Call;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The folder that keeps jobs, one folder each: {@code job.json}, what was sent and what came out. A job is there at once, by a
 * move of its complete folder, and its end is one file that is moved into place, so that whoever is shot leaves a job as it was
 * before or after.
 */
public final class JobFolder implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(JobFolder.class);
    private static final String DOCUMENT = "job.json";
    private static final Pattern ID = Pattern.compile("\\d{8}-\\d{9}-[0-9a-f]{4}");
    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("yyyyMMdd-HHmmssSSS").withZone(ZoneOffset.UTC);

    private final Path root;
    private final Path staging;
    private final FileChannel lockFile;
    private final NavigableSet<String> ids = new ConcurrentSkipListSet<>();
    private long last;

    private JobFolder(Path root, FileChannel lockFile) throws IOException {
        this.root = root;
        this.lockFile = lockFile;
        this.staging = Files.createDirectories(root.resolve(".staging"));
    }

    /**
     * Opens a folder, for this process alone.
     *
     * @throws IOException if it can't be made, or another server has it
     */
    public static JobFolder open(Path root) throws IOException {
        Files.createDirectories(root);
        FileChannel channel =
                FileChannel.open(root.resolve(".lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        try {
            if (!isLocked(channel)) {
                throw new IOException("%s is in use by another server: give another --history".formatted(root));
            }
            JobFolder folder = new JobFolder(root, channel);
            folder.takeStock();
            return folder;
        } catch (IOException | RuntimeException problem) {
            channel.close();
            throw problem;
        }
    }

    /** Removes what was being made when an earlier server ended, and finds its jobs. */
    private void takeStock() throws IOException {
        try (Stream<Path> left = Files.list(staging)) {
            left.forEach(JobFolder::delete);
        }
        try (Stream<Path> jobs = Files.list(root)) {
            jobs.map(path -> String.valueOf(path.getFileName()))
                    .filter(name -> ID.matcher(name).matches())
                    .forEach(ids::add);
        }
    }

    private static boolean isLocked(FileChannel channel) throws IOException {
        try {
            FileLock lock = channel.tryLock();
            return lock != null;
        } catch (OverlappingFileLockException ours) {
            return false;
        }
    }

    /** The names of all jobs in the order in which they came. */
    public NavigableSet<String> ids() {
        return ids;
    }

    /** A new name, after all others. */
    synchronized String newId() {
        last = Math.max(last + 1, System.currentTimeMillis());
        return "%s-%04x"
                .formatted(
                        TIME.format(Instant.ofEpochMilli(last)),
                        ThreadLocalRandom.current().nextInt(1 << 16));
    }

    /** Keeps a new job with what was sent. */
    void create(ObjectNode document, Map<String, byte[]> uploads) throws IOException {
        String id = document.get("id").textValue();
        Path made = Files.createDirectory(staging.resolve(id));
        for (Map.Entry<String, byte[]> upload : uploads.entrySet()) {
            Files.write(made.resolve(upload.getKey() + ".upload"), upload.getValue());
        }
        Files.write(made.resolve(DOCUMENT), Call.JSON.writeValueAsBytes(document));
        Files.move(made, root.resolve(id), StandardCopyOption.ATOMIC_MOVE);
        ids.add(id);
    }

    /** Puts a job's document in the place of the one that is there. */
    void write(ObjectNode document) throws IOException {
        Path path = root.resolve(document.get("id").textValue()).resolve(DOCUMENT);
        AtomicFile.write(path, Call.JSON.writeValueAsBytes(document));
    }

    /** Keeps a file of a job. */
    void write(String id, String name, byte[] bytes) throws IOException {
        AtomicFile.write(root.resolve(id).resolve(name), bytes);
    }

    /** The document of a job; empty if there is no such job, or it can't be read. */
    public Optional<ObjectNode> read(String id) {
        if (!ids.contains(id)) {
            return Optional.empty();
        }
        try {
            JsonNode node =
                    Call.JSON.readTree(Files.readAllBytes(root.resolve(id).resolve(DOCUMENT)));
            return node instanceof ObjectNode object ? Optional.of(object) : Optional.empty();
        } catch (IOException problem) {
            LOG.warn("job {} can't be read: {}", id, problem.toString());
            return Optional.empty();
        }
    }

    /** A file that a job has made; empty if its document doesn't list it. */
    public Optional<byte[]> file(String id, String name) throws IOException {
        Optional<ObjectNode> document = read(id);
        if (document.isPresent()) {
            for (JsonNode file : document.get().path("files")) {
                if (file.path("name").asText().equals(name)) {
                    return Optional.of(Files.readAllBytes(root.resolve(id).resolve(name)));
                }
            }
        }
        return Optional.empty();
    }

    /** What was sent with a job. */
    byte[] upload(String id, String field) throws IOException {
        return Files.readAllBytes(path(id, field));
    }

    Path path(String id, String field) {
        return root.resolve(id).resolve(field + ".upload");
    }

    /** Forgets a job. */
    void delete(String id) throws IOException {
        if (!ids.remove(id)) {
            return; // another request did it
        }
        Path aside = staging.resolve(id);
        Files.move(root.resolve(id), aside, StandardCopyOption.ATOMIC_MOVE);
        delete(aside);
    }

    private static void delete(Path tree) {
        try (Stream<Path> all = Files.walk(tree)) {
            List<Path> deepestFirst = all.sorted(Comparator.reverseOrder()).toList();
            for (Path path : deepestFirst) {
                Files.delete(path);
            }
        } catch (IOException problem) {
            LOG.warn("{} can't be deleted: {}", tree, problem.toString());
        }
    }

    @Override
    public void close() throws IOException {
        lockFile.close();
    }
}
