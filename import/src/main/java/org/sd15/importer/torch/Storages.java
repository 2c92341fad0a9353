package org.sd15.importer.torch;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.util.OptionalLong;
import org.sd15.importer.torch.PickleValue.Storage;

/** Where the numbers of a torch file are. */
interface Storages extends Closeable {

    /**
     * Makes sure that a storage is there, and whole.
     *
     * @throws org.sd15.importer.io.ImportException if not
     */
    void require(Storage storage);

    /**
     * A part of a storage. The stream may continue after it.
     *
     * @param begin its first byte
     * @param size how many bytes
     */
    InputStream open(Storage storage, long begin, long size) throws IOException;

    /**
     * Where in the file the bytes of a storage are as they are, side by side.
     *
     * @return empty if they aren't, or not the ones that their checksum tells of
     */
    OptionalLong position(Storage storage) throws IOException;
}
