package org.sd15.pipeline.model;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.sd15.importer.io.AtomicFile;
import org.sd15.importer.io.FolderUpdate;
import org.sd15.pipeline.text.ClipVocabulary;

/** CLIP's tokenizer in the user's data folder, where single-file checkpoints find it. */
public final class UserTokenizer {

    private UserTokenizer() {}

    /**
     * Checks a tokenizer and puts its files into the user's data folder, all of them or none. What was there before is
     * replaced.
     *
     * @param from a folder with {@code vocab.json} and {@code merges.txt} or with {@code tokenizer.json}, or a model's folder
     *     with such a folder {@code tokenizer} in it
     * @return where they are now
     * @throws org.sd15.importer.io.ImportException if they are not CLIP's: 49,408 tokens, and merges that fit
     */
    public static Path install(Path from) throws IOException {
        List<Path> files = ClipVocabulary.requireWhole(TokenizerSearch.named(from));
        Path to = UserData.tokenizer();
        AtomicFile.requireWritableFolder(to);
        String gate = String.valueOf(files.get(0).getFileName());
        try (FolderUpdate update = FolderUpdate.begin(to, gate)) {
            for (Path file : files) {
                AtomicFile.copy(file, update.file(String.valueOf(file.getFileName())));
            }
            update.commit();
        }
        return to;
    }
}
