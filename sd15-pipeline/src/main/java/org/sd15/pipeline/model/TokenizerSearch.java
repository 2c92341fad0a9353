package org.sd15.pipeline.model;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.sd15.importer.io.FolderUpdate;
import org.sd15.importer.io.ImportException;
import org.sd15.importer.io.ModelChoice;
import org.sd15.pipeline.text.ClipVocabulary;

/**
 * Where the tokenizer of a single-file checkpoint is looked for, which has none in itself: in a folder {@code tokenizer}
 * beside it, among its neighbours, and in the user's data folder.
 *
 * @param checkpoint the file
 */
record TokenizerSearch(Path checkpoint) {

    private static final String NAME = "tokenizer";

    /** The places, the first that has a tokenizer counts. */
    private List<Path> places() {
        Path beside = checkpoint.resolveSibling(NAME);
        Path neighbours = checkpoint.toAbsolutePath().getParent();
        return neighbours == null
                ? List.of(beside, UserData.tokenizer())
                : List.of(beside, neighbours, UserData.tokenizer());
    }

    /** The folder with the tokenizer's files, if there is one. */
    Optional<Path> find() throws IOException {
        for (Path place : places()) {
            if (Files.isDirectory(place)) {
                FolderUpdate.complete(place);
            }
            if (ClipVocabulary.isIn(place)) {
                return Optional.of(place);
            }
        }
        return Optional.empty();
    }

    /**
     * The folder with the tokenizer's files.
     *
     * @throws ImportException if there is none; the message says which files are needed, where to get them and where to
     *     put them
     */
    Path require() throws IOException {
        return find().orElseThrow(() -> new ImportException(checkpoint, problem(), ModelChoice.TOKENIZER));
    }

    /** What to do where there is none. */
    String problem() {
        String looked = places().stream().map(Path::toString).collect(Collectors.joining(", "));
        return ("has no tokenizer: looked in %s; get vocab.json and merges.txt, or tokenizer.json, of"
                        + " openai/clip-vit-large-patch14 (https://huggingface.co/openai/clip-vit-large-patch14) and put"
                        + " them into %s, or for all models into %s")
                .formatted(looked, checkpoint.resolveSibling(NAME), UserData.tokenizer());
    }

    /**
     * A folder that was named: the tokenizer's, or a model's with one in it.
     *
     * @throws ImportException if there is no tokenizer in it
     */
    static Path named(Path folder) {
        for (Path place : List.of(folder, folder.resolve(NAME))) {
            if (ClipVocabulary.isIn(place)) {
                return place;
            }
        }
        throw new ImportException(folder, "has no tokenizer: no vocab.json with merges.txt, and no tokenizer.json");
    }
}
