package org.sd15.importer;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.sd15.importer.io.ImportException;
import org.sd15.importer.io.Shown;
import org.sd15.importer.io.SiblingFile;
import org.sd15.importer.io.StrictJson;
import org.sd15.importer.safetensors.SafetensorsFile;
import org.sd15.importer.tensor.TensorBounds;
import org.sd15.importer.tensor.TensorFile;
import org.sd15.importer.tensor.TensorInfo;

/**
 * A model in several files, with an index that says which tensor is in which. Tensors that are in a shard but not in the
 * index are not part of the model.
 */
final class ShardedTensors implements TensorFile {

    /** Files of one model; the largest language models come in some two hundred. */
    private static final int MOST_SHARDS = 1000;

    private final Path index;
    private final Map<String, TensorFile> shardOfTensor = new LinkedHashMap<>();
    private final Map<String, TensorInfo> tensors = new LinkedHashMap<>();
    private final Map<String, String> metadata = new LinkedHashMap<>();
    private final Map<String, TensorFile> shards = new LinkedHashMap<>();

    /** Tensors of all shards, whether or not the index knows them. */
    private int held;

    private ShardedTensors(Path index) {
        this.index = index;
    }

    static ShardedTensors open(Path index) throws IOException {
        ShardedTensors model = new ShardedTensors(index);
        try {
            model.read(StrictJson.readIndex(index));
            return model;
        } catch (IOException | RuntimeException problem) {
            model.close();
            throw problem;
        }
    }

    private void read(ObjectNode json) throws IOException {
        if (!(json.get("weight_map") instanceof ObjectNode places)) {
            throw new ImportException(index, "is not the index of a sharded model: it has no weight_map");
        }
        for (Map.Entry<String, JsonNode> place : places.properties()) {
            String name = place.getKey();
            TensorBounds.checkName(index, name);
            if (!place.getValue().isTextual()) {
                throw new ImportException(index, "the shard of %s is not the name of a file".formatted(Shown.of(name)));
            }
            TensorFile shard = shard(place.getValue().textValue());
            if (!shard.tensors().containsKey(name)) {
                throw new ImportException(
                        shard.path(), "has no tensor %s, which %s says it has".formatted(Shown.of(name), index));
            }
            shardOfTensor.put(name, shard);
            tensors.put(name, shard.info(name));
            TensorBounds.checkCount(index, tensors.size());
        }
        for (Map.Entry<String, JsonNode> remark : json.path("metadata").properties()) {
            metadata.put(remark.getKey(), remark.getValue().asText());
            TensorBounds.checkRemarks(index, metadata.size());
        }
    }

    private TensorFile shard(String name) throws IOException {
        TensorFile open = shards.get(name);
        if (open != null) {
            return open;
        }
        if (!SiblingFile.isPlainName(name)) {
            throw new ImportException(
                    index, "names the shard \"%s\", must be a file beside it".formatted(Shown.of(name)));
        }
        Path file = SiblingFile.of(index, name);
        if (!Files.isRegularFile(file)) {
            throw new ImportException(file, "the shard is missing that %s names".formatted(index));
        }
        if (FileFormat.of(file) == FileFormat.SHARDED) {
            throw new ImportException(file, "is an index itself, but %s names it as a shard".formatted(index));
        }
        if (shards.size() == MOST_SHARDS) {
            throw new ImportException(index, "names more than %,d shards".formatted(MOST_SHARDS));
        }
        TensorFile shard = TensorFiles.open(file);
        shards.put(name, shard);
        held += shard.tensors().size();
        TensorBounds.checkCount(index, held);
        return shard;
    }

    /** The files, in the order in which the index first names them. */
    Collection<TensorFile> shards() {
        return Collections.unmodifiableCollection(shards.values());
    }

    boolean areSafetensors() {
        return shards.values().stream().allMatch(SafetensorsFile.class::isInstance);
    }

    @Override
    public Path path() {
        return index;
    }

    @Override
    public Map<String, TensorInfo> tensors() {
        return Collections.unmodifiableMap(tensors);
    }

    @Override
    public Map<String, String> metadata() {
        return Collections.unmodifiableMap(metadata);
    }

    @Override
    public ReadableByteChannel read(String name) throws IOException {
        return shardOf(name).read(name);
    }

    @Override
    public ByteBuffer bytes(String name) {
        return shardOf(name).bytes(name);
    }

    @Override
    public Optional<ByteBuffer> mapped(String name) {
        return shardOf(name).mapped(name);
    }

    @Override
    public Optional<ByteBuffer> mappedForReading(String name) {
        return shardOf(name).mappedForReading(name);
    }

    private TensorFile shardOf(String name) {
        return Objects.requireNonNull(shardOfTensor.get(info(name).name()));
    }

    @Override
    public void close() throws IOException {
        for (TensorFile shard : shards.values()) {
            shard.close();
        }
    }
}
