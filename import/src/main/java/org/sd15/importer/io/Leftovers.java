package org.sd15.importer.io;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/**
 * What processes that were shot left behind beside a target. It is removed if its process is surely dead: its lock is
 * free; or, where nothing tells, it has not changed for a day. What a living process has, of this machine or, where locks
 * reach that far, of another, is never touched.
 */
final class Leftovers {

    private static final Duration LONG_AGO = Duration.ofDays(1);

    /** Entries of a folder that are looked at for each file that is written: a cache has very many. */
    private static final int A_FEW = 1000;

    private enum Owner {
        DEAD,
        ALIVE,
        UNKNOWN
    }

    private final Path folder;
    private final AsideName name;

    private Leftovers(Path folder, AsideName name) {
        this.folder = folder;
        this.name = name;
    }

    /** Those of a target, which is an absolute path in a folder that exists. */
    static Leftovers of(Path target) {
        Path parent = target.getParent();
        return new Leftovers(parent == null ? target : parent, AsideName.of(target));
    }

    /** Those of all targets in a folder. */
    static Leftovers in(Path folder) {
        return new Leftovers(folder, AsideName.ofAny());
    }

    /** Removes them, if the folder is not very full. */
    void removeFew() {
        remove(A_FEW);
    }

    /** Removes them. */
    void removeAll() {
        remove(Integer.MAX_VALUE);
    }

    private void remove(int most) {
        List<Path> found = new ArrayList<>();
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(folder)) {
            int seen = 0;
            for (Path entry : entries) {
                if (seen++ == most) {
                    break;
                }
                if (name.isOfAnother(String.valueOf(entry.getFileName()))) {
                    found.add(entry);
                }
            }
        } catch (IOException | java.nio.file.DirectoryIteratorException unreadable) {
            return; // a folder may be written to and not be read
        }
        found.forEach(this::removeIfDead);
    }

    private void removeIfDead(Path leftover) {
        try {
            boolean folderAside = Files.isDirectory(leftover, LinkOption.NOFOLLOW_LINKS);
            Path locked = folderAside ? leftover.resolve(Aside.LOCK) : leftover;
            if (!Files.isRegularFile(locked, LinkOption.NOFOLLOW_LINKS)) {
                removeIfOld(leftover, folderAside ? Owner.UNKNOWN : Owner.ALIVE);
                return;
            }
            try (FileChannel channel = FileChannel.open(locked, StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS)) {
                removeIfOld(leftover, owner(leftover, channel)); // under the lock: no other process takes it for dead
            }
        } catch (IOException another) {
            // Another process's, or gone meanwhile. It stays, as it would have without this.
            return;
        }
    }

    private Owner owner(Path leftover, FileChannel channel) {
        try {
            FileLock lock = channel.tryLock();
            if (lock == null) {
                return Owner.ALIVE;
            }
            return name.isWithoutLock(String.valueOf(leftover.getFileName())) ? Owner.UNKNOWN : Owner.DEAD;
        } catch (OverlappingFileLockException ourOwn) {
            return Owner.ALIVE;
        } catch (IOException noLocks) {
            return Owner.UNKNOWN;
        }
    }

    private static void removeIfOld(Path leftover, Owner owner) throws IOException {
        if (owner == Owner.DEAD || owner == Owner.UNKNOWN && isOld(leftover)) {
            Aside.remove(leftover);
        }
    }

    /** Whether nothing in it has changed for a day. */
    private static boolean isOld(Path leftover) throws IOException {
        Instant limit = Instant.now().minus(LONG_AGO);
        List<Path> all;
        try (var found = Files.walk(leftover)) {
            all = found.toList();
        } catch (NoSuchFileException gone) {
            return false;
        }
        for (Path one : all) {
            if (Files.getLastModifiedTime(one, LinkOption.NOFOLLOW_LINKS)
                    .toInstant()
                    .isAfter(limit)) {
                return false;
            }
        }
        return true;
    }
}
