package org.sd15.pipeline.lora;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import org.sd15.importer.lora.LoraTargets;
import org.sd15.importer.lora.LoraWeights;
import org.sd15.pipeline.text.ClipTextEncoder;
import org.sd15.unet.UNet;

/**
 * The LoRAs of a model, by name: any number, each with its scale. They are merged into the weights, so they cost
 * nothing while the model runs; each change merges again those that are left. After {@link #clear()} every weight has
 * the bits that it had before. A change is refused while another thread is inside the UNet or the text encoder, and other
 * handles on them keep what they have.
 */
public final class Loras {

    private final UNet unet;
    private final ClipTextEncoder textEncoder;
    private final MergedWeights mergedUnet;
    private final MergedWeights mergedText;
    private final Map<String, ScaledLora> loras = new LinkedHashMap<>();

    /** None yet. */
    public Loras(UNet unet, ClipTextEncoder textEncoder) {
        this.unet = unet;
        this.textEncoder = textEncoder;
        this.mergedUnet = MergedWeights.of(unet);
        this.mergedText = MergedWeights.of(textEncoder);
    }

    private Loras(Loras other, UNet unet, ClipTextEncoder textEncoder) {
        this.unet = unet;
        this.textEncoder = textEncoder;
        this.mergedUnet = other.mergedUnet.share(unet);
        this.mergedText = other.mergedText.share(textEncoder);
        loras.putAll(other.loras);
    }

    /**
     * Those of other handles on the same models: the same LoRAs to begin with; from then on each has its own.
     *
     * @param unet shares the UNet that these are merged into
     * @param textEncoder shares the text encoder
     */
    public Loras share(UNet unet, ClipTextEncoder textEncoder) {
        return new Loras(this, unet, textEncoder);
    }

    /** The modules that a LoRA of this model can add to: what reading a file needs. */
    public LoraTargets targets() {
        return LoraTargets.of(unet.config(), ClipTextEncoder.parameters(textEncoder.config()));
    }

    /** The LoRAs that are merged now, in the order in which they came. */
    public Map<String, ScaledLora> merged() {
        return Collections.unmodifiableMap(loras);
    }

    /**
     * Adds a LoRA.
     *
     * @param name what it is called from now on
     * @throws IllegalArgumentException if there is one of that name, or it does not fit the model
     */
    public void add(String name, LoraWeights lora, double scale) {
        alone(() -> {
            if (loras.containsKey(name)) {
                throw new IllegalArgumentException("there is a LoRA %s already; remove it first".formatted(name));
            }
            put(name, new ScaledLora(lora, scale));
        });
    }

    /**
     * Changes how strongly a LoRA counts.
     *
     * @throws IllegalArgumentException if there is none of that name
     */
    public void scale(String name, double scale) {
        alone(() -> put(name, new ScaledLora(find(name).weights(), scale)));
    }

    /**
     * Takes a LoRA out.
     *
     * @throws IllegalArgumentException if there is none of that name
     */
    public void remove(String name) {
        alone(() -> {
            find(name);
            Map<String, ScaledLora> changed = new LinkedHashMap<>(loras);
            changed.remove(name);
            set(changed);
        });
    }

    /** Takes all of them out. */
    public void clear() {
        alone(() -> set(Map.of()));
    }

    /** Both models change, or neither. */
    private void alone(Runnable change) {
        unet.access().run(() -> textEncoder.access().run(change));
    }

    private ScaledLora find(String name) {
        ScaledLora lora = loras.get(name);
        if (lora == null) {
            throw new IllegalArgumentException("there is no LoRA %s, only %s".formatted(name, loras.keySet()));
        }
        return lora;
    }

    private void put(String name, ScaledLora lora) {
        Map<String, ScaledLora> changed = new LinkedHashMap<>(loras);
        changed.put(name, lora);
        set(changed);
    }

    private void set(Map<String, ScaledLora> changed) {
        mergedUnet.set(changed.values());
        try {
            mergedText.set(changed.values());
        } catch (RuntimeException refused) {
            mergedUnet.set(loras.values());
            throw refused;
        }
        loras.clear();
        loras.putAll(changed);
    }
}
