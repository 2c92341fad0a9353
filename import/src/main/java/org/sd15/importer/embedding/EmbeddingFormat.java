package org.sd15.importer.embedding;

/** How a learnt word is stored. */
public enum EmbeddingFormat {
    /** Diffusers': safetensors with one tensor, whose name is the word. */
    DIFFUSERS,

    /** The web UIs': safetensors with one tensor {@code emb_params}; the file's name is the word. */
    WEBUI,

    /** AUTOMATIC1111's own: a PyTorch file, {@code .pt}, with the vectors and the word. */
    A1111
}
