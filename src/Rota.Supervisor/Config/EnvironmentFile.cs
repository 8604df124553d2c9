using System.Text;

namespace Rota.Supervisor.Config;

/// <summary>One entry of `environment_files`.</summary>
/// <param name="Pattern">An absolute path, with `*`, `?` and `[a-z]` in any part.</param>
/// <param name="MayBeMissing">It was written with a `-` before it.</param>
internal sealed record EnvironmentFile(string Pattern, bool MayBeMissing)
{
    private const int BytesMax = 1024 * 1024;

    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>`/etc/web.env,-conf.d/*.env`.</summary>
    /// <param name="folder">Where relative paths begin.</param>
    /// <exception cref="ValueException">An entry is empty.</exception>
    public static ValueList<EnvironmentFile> List(string text, string folder)
    {
        var entries = text.Length == 0 ? [] : text.Split(',').Select(entry => PythonText.Strip(entry)).ToList();
        return new([.. entries.Select(entry => entry.TrimStart('-') is { Length: > 0 } path
            ? new EnvironmentFile(Path.GetFullPath(path.TrimStart(), folder), entry.StartsWith('-'))
            : throw Values.Bad(text, "a list with an empty entry", "write paths with commas between"))]);
    }

    /// <summary>The variables of all files that fit, in the order of their names; a later one stands above an
    /// earlier.</summary>
    /// <exception cref="EnvironmentFileException">One sentence with file and line, and never a value.</exception>
    public IEnumerable<EnvironmentVariable> Read()
    {
        var files = Glob.Find(Pattern);
        if (files.Count == 0 && !MayBeMissing)
            throw new EnvironmentFileException($"there is no environment file {Pattern}; make it, or write -{Pattern} "
                + "in environment_files");
        return files.SelectMany(file => EnvironmentLines.Parse(file, TextOf(file)));
    }

    private static string TextOf(string path)
    {
        try
        {
            // A pipe could keep us waiting for ever.
            if (Native.Files.Mode(path) is not { } mode || !Native.Files.IsRegularMode(mode))
                throw new EnvironmentFileException($"the environment file {path} is no file; write the path of one");
            using var file = File.OpenRead(path);
            if (file.Length > BytesMax)
                throw new EnvironmentFileException($"the environment file {path} has {file.Length:N0} bytes; write at "
                    + $"most {BytesMax:N0}");
            using var reader = new StreamReader(file, Utf8);
            return reader.ReadToEnd();
        }
        catch (DecoderFallbackException)
        {
            throw new EnvironmentFileException($"the environment file {path} is no UTF-8; save it as UTF-8");
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new EnvironmentFileException($"the environment file {path} cannot be read; let the daemon's user "
                + "read it");
        }
    }
}

/// <summary>An environment file cannot be used; the message is fit for `spawnerr`.</summary>
internal sealed class EnvironmentFileException(string message) : Exception(message);
