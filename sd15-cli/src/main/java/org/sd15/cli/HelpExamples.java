package org.sd15.cli;

import static java.util.Map.entry;

import java.util.List;
import java.util.Map;

/** What help shows below the options of each command: lines to type. */
final class HelpExamples {

    private static final Map<String, List<String>> EXAMPLES = Map.ofEntries(
            entry(
                    "sd15",
                    List.of(
                            "sd15 edit",
                            "sd15 generate --model stable-diffusion-v1-5 --prompt \"a cat\" --output cat.png")),
            entry(
                    "sd15 edit",
                    List.of(
                            "sd15 edit --source \"a photo of a cat\" --target \"a photo of a dog\" --blend cat,dog",
                            "sd15 edit --image in.png --source \"a cat\" --target \"a cat in snow\" --output out")),
            entry(
                    "sd15 generate",
                    List.of(
                            "sd15 generate --prompt \"a red circle\" --seed 7 --steps 30 --output circle.png",
                            "sd15 generate --params-from circle.png --lora style.safetensors:0.8 --output other.png")),
            entry(
                    "sd15 masactrl",
                    List.of(
                            "sd15 masactrl --source \"a cat, sitting\" --target \"a cat, running\" --output out",
                            "sd15 masactrl --image in.png --target \"a cat, running\" --start-step 6")),
            entry(
                    "sd15 attend",
                    List.of(
                            "sd15 attend --prompt \"a cat and a dog\" --words cat,dog --output both.png",
                            "sd15 attend --prompt \"a cat and a dog\" --words cat,dog --attempts 3 --seed 7")),
            entry(
                    "sd15 dds",
                    List.of(
                            "sd15 dds --image in.png --source \"a cat\" --target \"a dog\" --output out",
                            "sd15 dds --image in.png --source \"a cat\" --target \"a dog\" --iterations 400")),
            entry(
                    "sd15 heatmap",
                    List.of(
                            "sd15 heatmap --prompt \"a cat on a bench\" --words cat,bench --output maps",
                            "sd15 heatmap --image in.png --prompt \"a red car\" --words \"red car\"")),
            entry(
                    "sd15 ledits",
                    List.of(
                            "sd15 ledits --image in.png --edit \"+tennis ball\" --edit \"-cat\" --output out",
                            "sd15 ledits --image in.png --edit \"+glasses\" --edit-guidance 12 --mask both")),
            entry(
                    "sd15 pix2pix-zero",
                    List.of(
                            "sd15 pix2pix-zero --image in.png --source \"a cat\" --from \"a cat\" --to \"a dog\"",
                            "sd15 pix2pix-zero --source \"a cat\" --from-file cats.txt --to-file dogs.txt --amount 0.2")),
            entry(
                    "sd15 instruct",
                    List.of(
                            "sd15 instruct --model instruct-pix2pix --image in.png --instruction \"make it snow\"",
                            "sd15 instruct --model instruct-pix2pix --image in.png --instruction \"in oil\""
                                    + " --image-guidance 1.8")),
            entry(
                    "sd15 train",
                    List.of(
                            "sd15 train lora --data pictures --output my-lora.safetensors",
                            "sd15 train full --data pictures --output my-model --train-steps 2000")),
            entry(
                    "sd15 train full",
                    List.of(
                            "sd15 train full --data pictures --output my-model --train-steps 2000 --learning-rate 1e-5",
                            "sd15 train full --data pictures --output my-model --ema 0.9999 --checkpoint-every 500"
                                    + " --resume")),
            entry(
                    "sd15 train lora",
                    List.of(
                            "sd15 train lora --data pictures --output my-lora.safetensors --rank 8 --train-steps 500",
                            "sd15 train lora --data pictures --output my-lora.safetensors --targets all"
                                    + " --validation-prompt \"a cat\"")),
            entry(
                    "sd15 train textual-inversion",
                    List.of(
                            "sd15 train textual-inversion --data pictures --token \"<tone>\" --initializer red"
                                    + " --output tone.safetensors",
                            "sd15 train textual-inversion --data pictures --token \"<hand>\" --initializer painting"
                                    + " --style --vectors 2 --output hand.safetensors")),
            entry(
                    "sd15 train dreambooth",
                    List.of(
                            "sd15 train dreambooth --data dog --instance-prompt \"a sks dog\" --rank 4"
                                    + " --output dog.safetensors",
                            "sd15 train dreambooth --data dog --instance-prompt \"a sks dog\" --class-prompt \"a dog\""
                                    + " --class-pictures 100 --output dog")),
            entry(
                    "sd15 train vae",
                    List.of(
                            "sd15 train vae --data pictures --output my-vae --train-steps 1000",
                            "sd15 train vae --data pictures --init-config new-model --output my-vae --kl 1e-6")),
            entry(
                    "sd15 run",
                    List.of(
                            "sd15 run unet --inputs in.safetensors --dump out.safetensors",
                            "sd15 run unet --inputs in.safetensors --dump out.safetensors --gradients")),
            entry(
                    "sd15 inspect",
                    List.of("sd15 inspect stable-diffusion-v1-5", "sd15 inspect my-lora.safetensors --json")),
            entry("sd15 bench", List.of("sd15 bench unet --synthetic --size 64 --runs 3", "sd15 bench text --json")),
            entry(
                    "sd15 evaluate",
                    List.of(
                            "sd15 evaluate --cases 12 --output results",
                            "sd15 evaluate --pie PIE-Bench --methods direct,ledits --json")),
            entry(
                    "sd15 convert",
                    List.of(
                            "sd15 convert model.ckpt my-model",
                            "sd15 convert my-model model.safetensors --dtype F16 --lora style.safetensors:0.8")),
            entry(
                    "sd15 tokenizer",
                    List.of(
                            "sd15 tokenizer import stable-diffusion-v1-5/tokenizer",
                            "sd15 tokenizer import Downloads")),
            entry(
                    "sd15 tokenizer import",
                    List.of(
                            "sd15 tokenizer import stable-diffusion-v1-5/tokenizer",
                            "sd15 tokenizer import Downloads")),
            entry("sd15 doctor", List.of("sd15 doctor", "sd15 doctor --model stable-diffusion-v1-5 --threads 4")));

    private HelpExamples() {}

    /** The lines for a command by all its names; none if it isn't known. */
    static List<String> of(String command) {
        return EXAMPLES.getOrDefault(command, List.of());
    }
}
