namespace Rota.Supervisor.Config;

/// <summary>Warns of sections and options that nobody reads: supervisord says nothing of them.</summary>
internal static class KnownOptions
{
    /// <summary>Sections that belong to others: plug-ins of supervisorctl have options of their own.</summary>
    private static readonly string[] Foreign = ["ctlplugin:"];

    public static void WarnOfOthers(IniFile ini)
    {
        foreach (var section in ini.Sections)
        {
            if (KindOf(section.Name) is { } kind)
                WarnOfOptions(ini, section, OptionTable.Sections[kind].Select(option => option.Name).ToList());
            else if (!Foreign.Any(kind => section.Name.StartsWith(kind, StringComparison.Ordinal)))
                ini.Warnings.Add($"{section.File}:{section.Line}: [{section.Name}] is no known section and ignored"
                    + Meant(section.Name));
        }
    }

    private static void WarnOfOptions(IniFile ini, IniSection section, List<string> known)
    {
        foreach (var (name, value) in section.Options.Where(option => !known.Contains(option.Key)))
        {
            var meant = Nearest.To(name, known) is { } nearest ? $"; did you mean {nearest}?" : "";
            ini.Warnings.Add(
                $"{value.File}:{value.Line}: [{section.Name}] {name} is no known option and ignored{meant}");
        }
    }

    private static string? KindOf(string section) => OptionTable.Sections.Keys.FirstOrDefault(kind =>
        kind.EndsWith(':') ? section.StartsWith(kind, StringComparison.Ordinal)
        : kind.EndsWith("_http_server") ? section == kind || section.StartsWith($"{kind}:", StringComparison.Ordinal)
        : section == kind);

    private static string Meant(string section)
    {
        var colon = section.IndexOf(':');
        var kind = Nearest.To(section[..(colon + 1)] is "" ? section : section[..(colon + 1)],
            OptionTable.Sections.Keys);
        return kind is null ? "" : $"; did you mean [{kind}{(kind.EndsWith(':') ? section[(colon + 1)..] : "")}]?";
    }
}
