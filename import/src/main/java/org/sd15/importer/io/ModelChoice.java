package org.sd15.importer.io;

/**
 * What can be chosen of a model where its files don't suffice. Its text says how in Java; commands have options for it, and
 * words of their own.
 */
public enum ModelChoice {
    /** Which weights of a folder are read, such as {@code fp16}. */
    VARIANT("choose one of them with variant(name)"),
    /** What the model predicts. */
    PREDICTION("say which it is with prediction(type)"),
    /** The folder of a tokenizer. */
    TOKENIZER("or name their folder with tokenizer(folder), or keep them for all models with UserTokenizer.install"),
    /** An autoencoder from elsewhere. */
    VAE("give one from elsewhere with vae(path), the folder or the file of one"),
    /** A text encoder from elsewhere. */
    TEXT_ENCODER("give one from elsewhere with textEncoder(path), the folder or the file of one");

    private final String inJava;

    ModelChoice(String inJava) {
        this.inJava = inJava;
    }

    /** What to do, the end of a sentence. */
    @Override
    public String toString() {
        return inJava;
    }
}
