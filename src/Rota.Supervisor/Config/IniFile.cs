namespace Rota.Supervisor.Config;

/// <summary>A value as it stands in a file: without comments, not expanded; lines of it are joined by \n.</summary>
internal sealed record IniValue(string Text, string File, int Line);

/// <summary>A section with all that the files say in it; what was said last holds.</summary>
internal sealed class IniSection(string name, string file, int line)
{
    public string Name { get; } = name;

    /// <summary>Where it was opened first.</summary>
    public string File { get; } = file;

    public int Line { get; } = line;

    /// <summary>By name in lower case, in the order of the file.</summary>
    public OrderedDictionary<string, IniValue> Options { get; } = new(StringComparer.Ordinal);
}

/// <summary>The sections of a main file and of all files that it includes, in the order in which they begin.</summary>
internal sealed class IniFile
{
    private const string Here = "%(here)s";

    private readonly OrderedDictionary<string, IniSection> _sections = new(StringComparer.Ordinal);

    public IReadOnlyList<IniSection> Sections => _sections.Values;

    /// <summary>`[DEFAULT]`: its options stand in every section that does not have them itself.</summary>
    public IniSection Defaults { get; } = new("DEFAULT", "", 0);

    public List<string> Warnings { get; } = [];

    public IniSection? Find(string section) => _sections.GetValueOrDefault(section);

    public IniSection Open(string section, string file, int line)
    {
        if (section == Defaults.Name)
            return Defaults;
        if (!_sections.TryGetValue(section, out var found))
            _sections.Add(section, found = new IniSection(section, file, line));
        return found;
    }

    public IniValue? Get(IniSection section, string option) =>
        section.Options.GetValueOrDefault(option) ?? Defaults.Options.GetValueOrDefault(option);

    /// <summary>Names the directory of the file just read wherever that is still open. Each included file does so for
    /// itself before the next is read.</summary>
    public void ReplaceHere(string here)
    {
        foreach (var section in _sections.Values)
        {
            foreach (var (option, value) in section.Options.Concat(Defaults.Options).ToArray())
            {
                if (value.Text.Contains(Here) && Get(section, option) == value)
                    section.Options[option] = value with { Text = value.Text.Replace(Here, here) };
            }
        }
    }
}
