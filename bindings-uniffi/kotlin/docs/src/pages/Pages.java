import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Makes a test of each page of documentation: its blocks of Kotlin are one program, in their order, and what follows a block as text is what it prints. Blocks marked
 * `declarations` stand outside of it, and a block of Java is a method that it calls.
 *
 * <p>Run as `java Pages.java ROOT KOTLIN_FOLDER JAVA_FOLDER`.
 */
final class Pages {
    private static final Pattern FENCE = Pattern.compile("^( *)```(\\w+)([^\\n]*)\\n(.*?)^\\1```$", Pattern.MULTILINE | Pattern.DOTALL);
    private static final Pattern IMPORT = Pattern.compile("^import .*\\n", Pattern.MULTILINE);

    public static void main(String[] arguments) throws IOException {
        Path root = Path.of(arguments[0]).toRealPath();
        Path kotlin = Files.createDirectories(Path.of(arguments[1]));
        Path java = Files.createDirectories(Path.of(arguments[2]));
        List<Path> pages = new ArrayList<>(List.of(root.resolve("README.md")));
        for (String folder : List.of("docs/kotlin", "docs/providers")) {
            try (Stream<Path> found = Files.list(root.resolve(folder))) {
                found.filter(path -> path.toString().endsWith(".md")).sorted().forEach(pages::add);
            }
        }
        int made = 0;
        for (Path page : pages) {
            made += make(root.relativize(page).toString(), Files.readString(page), kotlin, java) ? 1 : 0;
        }
        if (made == 0) {
            throw new IllegalStateException("no page has a block of Kotlin");
        }
        System.out.println(made + " pages");
    }

    private static boolean make(String page, String text, Path kotlin, Path java) throws IOException {
        String name = Stream.of(page.replaceAll("\\.md$", "").split("\\W+")).map(Pages::capital).reduce("", String::concat);
        // Of its own, so that two pages may declare one name.
        String folder = "dev.evertoken.docs." + name.toLowerCase();
        TreeSet<String> imports = new TreeSet<>();
        StringBuilder declarations = new StringBuilder();
        StringBuilder program = new StringBuilder();
        boolean printed = false;
        int end = 0;
        int javas = 0;
        Matcher fence = FENCE.matcher(text);
        while (fence.find()) {
            String block = fence.group(4).replaceAll("(?m)^" + fence.group(1), "");
            boolean follows = text.substring(end, fence.start()).isBlank();
            switch (fence.group(2)) {
                case "kotlin":
                    take(block, imports);
                    if (fence.group(3).strip().equals("declarations")) {
                        declarations.append(IMPORT.matcher(block).replaceAll("").strip()).append("\n\n");
                        printed = false;
                        break;
                    }
                    program.append("        // ").append(page).append(", line ").append(line(text, fence.start())).append('\n');
                    program.append(IMPORT.matcher(block).replaceAll("").strip().indent(8));
                    printed = true;
                    break;
                case "java":
                    javas += 1;
                    write(java, name + "Java" + javas, ".java", method(folder, name + "Java" + javas, block));
                    program.append("        ").append(name).append("Java").append(javas).append(".run()\n");
                    printed = false;
                    break;
                case "text":
                    if (printed && follows) {
                        program.append("        prints(").append(quoted(block.stripTrailing())).append(")\n");
                    }
                    printed = false;
                    break;
                default:
                    printed = false;
            }
            end = fence.end();
        }
        if (program.length() == 0) {
            return false;
        }
        String source = "package " + folder + "\n\n" + String.join("", imports) + "import dev.evertoken.docs.page\nimport org.junit.jupiter.api.Test\n\n"
            + declarations + "internal class " + name + "Test {\n    @Test\n    fun `" + page.replace('/', ' ').replace('.', ' ')
            + " runs as it stands and prints what it says`() = page {\n" + program + "    }\n}\n";
        write(kotlin, name + "Test", ".kt", source);
        return true;
    }

    private static void take(String block, TreeSet<String> imports) {
        Matcher found = IMPORT.matcher(block);
        while (found.find()) {
            imports.add(found.group());
        }
    }

    private static String method(String folder, String name, String block) {
        TreeSet<String> imports = new TreeSet<>();
        take(block, imports);
        String body = IMPORT.matcher(block).replaceAll("").strip().indent(8);
        return "package " + folder + ";\n\n" + String.join("", imports) + "\nfinal class " + name
            + " {\n    static void run() throws Exception {\n" + body + "    }\n}\n";
    }

    private static void write(Path folder, String name, String ending, String source) throws IOException {
        Path file = folder.resolve(name + ending);
        // What has not changed is not compiled again.
        if (!Files.exists(file) || !Files.readString(file).equals(source)) {
            Files.writeString(file, source);
        }
    }

    private static long line(String text, int at) {
        return text.substring(0, at).chars().filter(letter -> letter == '\n').count() + 1;
    }

    private static String quoted(String text) {
        return '"' + text.replace("\\", "\\\\").replace("\"", "\\\"").replace("$", "\\$").replace("\n", "\\n") + '"';
    }

    private static String capital(String word) {
        return word.isEmpty() ? word : word.substring(0, 1).toUpperCase() + word.substring(1).toLowerCase();
    }
}
