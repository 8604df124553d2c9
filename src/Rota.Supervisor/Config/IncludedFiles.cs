namespace Rota.Supervisor.Config;

/// <summary>Reads the main file, then each file that `[include]` names. Included files cannot include more.</summary>
internal static class IncludedFiles
{
    public static IniFile Read(string path)
    {
        var ini = new IniFile();
        ReadMain(ini, path);
        if (ini.Find("include") is not { } include)
            return ini;

        var here = Path.GetDirectoryName(path)!;
        ini.ReplaceHere(here);
        var reader = new SectionReader(ini, include, Expansions.OfFile(here));
        var patterns = reader.Text("files") ?? throw reader.Missing("files", "write files=conf.d/*.conf");
        foreach (var pattern in PythonText.Words(patterns))
        {
            var files = Glob.Find(Path.GetFullPath(pattern, here));
            if (files.Count == 0)
                ini.Warnings.Add(reader.Warning("files", $"matches nothing: {Path.GetFullPath(pattern, here)}"));
            foreach (var file in files)
                ReadIncluded(ini, file);
        }
        return ini;
    }

    public static void ReadMain(IniFile ini, string path)
    {
        try
        {
            IniParser.ReadFile(ini, path);
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new ConfigException($"could not find config file {path}; write the path of a file that exists");
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new ConfigException($"could not read config file {path}: {error.Message}");
        }
    }

    private static void ReadIncluded(IniFile ini, string file)
    {
        try
        {
            IniParser.ReadFile(ini, file);
            ini.ReplaceHere(Path.GetDirectoryName(file)!);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            ini.Warnings.Add($"{file}: the included file is left out, it cannot be read: {error.Message}");
        }
    }
}
