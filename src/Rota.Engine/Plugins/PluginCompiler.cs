using System.Text;
using System.Text.Json;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Emit;
using Microsoft.CodeAnalysis.Text;

namespace Rota.Plugins;

/// <summary>Compiles the sources of a plug-in against what the server itself runs on.</summary>
public static class PluginCompiler
{
    private const int ErrorsMax = 100;

    private const string ImplicitUsings = """
        global using System;
        global using System.Collections.Generic;
        global using System.IO;
        global using System.Linq;
        global using System.Net.Http;
        global using System.Net.Http.Json;
        global using System.Text.Json;
        global using System.Threading;
        global using System.Threading.Tasks;
        global using Microsoft.Extensions.Logging;
        global using Rota;
        """;

    /// <summary>The hidden verb of the program: <c>OUT SOURCE…</c>. Prints the errors on stdout, as a JSON list of
    /// <see cref="PluginError"/>.</summary>
    /// <param name="args">The dll to write, then sources; files that end in <c>.dll</c> are references.</param>
    /// <returns>The exit code: 0 when the dll is written, else 1.</returns>
    public static int Run(IReadOnlyList<string> args)
    {
        var errors = Compile(args[0], [.. args.Skip(1)]);
        using var output = Console.OpenStandardOutput();
        JsonSerializer.Serialize(output, errors);
        return errors.Count == 0 ? 0 : 1;
    }

    /// <summary>Writes the dll whole or not at all.</summary>
    /// <param name="output">Its name without ending becomes the name of the assembly.</param>
    /// <param name="files">Sources; those that end in <c>.dll</c> are references.</param>
    /// <returns>The first 100 errors in order of file and line; empty when the dll is written.</returns>
    public static IReadOnlyList<PluginError> Compile(string output, IReadOnlyList<string> files)
    {
        var compilation = CSharpCompilation.Create(
            Path.GetFileNameWithoutExtension(output),
            files.Where(file => !IsLibrary(file)).Select(Parse)
                .Append(CSharpSyntaxTree.ParseText(ImplicitUsings, ParseOptions)),
            HostReferences().Concat(files.Where(IsLibrary)).Select(file => MetadataReference.CreateFromFile(file)),
            new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary,
                optimizationLevel: OptimizationLevel.Release,
                nullableContextOptions: NullableContextOptions.Enable,
                deterministic: true));
        using var image = new MemoryStream();
        var emitted = compilation.Emit(image,
            options: new EmitOptions(debugInformationFormat: DebugInformationFormat.Embedded));
        if (!emitted.Success)
            return ErrorsOf(emitted.Diagnostics);
        var fresh = $"{output}.{Guid.NewGuid():N}";
        File.WriteAllBytes(fresh, image.ToArray());
        File.Move(fresh, output, overwrite: true);
        return [];
    }

    private static CSharpParseOptions ParseOptions => new(LanguageVersion.Latest);

    private static bool IsLibrary(string file) => file.EndsWith(".dll", StringComparison.OrdinalIgnoreCase);

    private static SyntaxTree Parse(string file)
    {
        using var stream = File.OpenRead(file);
        return CSharpSyntaxTree.ParseText(SourceText.From(stream, Encoding.UTF8), ParseOptions, file);
    }

    private static IEnumerable<string> HostReferences() =>
        AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES") is string { Length: > 0 } list
            ? list.Split(Path.PathSeparator).Where(File.Exists)
            : throw new RotaException("plugin.no_references",
                "Sources cannot be compiled, because this program's assemblies are packed into one file.",
                "Compile the plug-in elsewhere and put its dll into the plug-ins folder.");

    private static PluginError[] ErrorsOf(IEnumerable<Diagnostic> diagnostics) =>
    [
        .. diagnostics
            .Where(diagnostic => diagnostic.Severity == DiagnosticSeverity.Error)
            .Select(diagnostic =>
            {
                var at = diagnostic.Location.GetMappedLineSpan();
                var message = $"{diagnostic.Id}: {diagnostic.GetMessage()}";
                return at.IsValid
                    ? new PluginError(
                        at.Path, at.StartLinePosition.Line + 1, at.StartLinePosition.Character + 1, message)
                    : new PluginError(null, 0, 0, message);
            })
            .OrderBy(error => error.File, StringComparer.Ordinal).ThenBy(error => error.Line)
            .Take(ErrorsMax),
    ];
}
