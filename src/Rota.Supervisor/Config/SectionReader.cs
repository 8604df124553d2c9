namespace Rota.Supervisor.Config;

/// <summary>Reads the options of one section: expanded, typed, and with an error that names file, line, section and
/// option.</summary>
internal sealed class SectionReader(IniFile ini, IniSection section, Expansions names)
{
    public IniSection Section => section;

    /// <summary>The section's name after its colon.</summary>
    public string NameAfterColon => section.Name[(section.Name.IndexOf(':') + 1)..];

    public Expansions Names => names;

    /// <summary>The same section, where more names are known.</summary>
    public SectionReader With(Expansions more) => new(ini, section, more);

    /// <summary>The directory of the file in which the option stands.</summary>
    public string FolderOf(string option) => Path.GetDirectoryName(ini.Get(section, option)?.File ?? section.File)!;

    public bool Has(string option) => ini.Get(section, option) is not null;

    /// <summary>As it stands in the file, not expanded; null when it does not.</summary>
    public string? Raw(string option)
    {
        var text = ini.Get(section, option)?.Text;
        return text?.Contains('\0') is true
            ? throw Error(option, "has a letter with the number 0", "delete it")
            : text;
    }

    public string? Text(string option) => Raw(option) is { } text ? Expand(option, text) : null;

    public string Text(string option, string fallback) => Text(option) ?? fallback;

    /// <summary>Expands once more what <see cref="Text(string)"/> gave: supervisord does so in two places.</summary>
    public string Expand(string option, string text) => Try(option, () => PythonFormat.Expand(text, names));

    public bool Bool(string option, bool fallback) => Value(option, Values.Bool, fallback);

    public int Int(string option, int fallback) => Value(option, Values.Int, fallback);

    public long Bytes(string option, long fallback) => Value(option, Values.Bytes, fallback);

    /// <summary>What <paramref name="parse"/> makes of the option, or the default where it is not there.</summary>
    public T Value<T>(string option, Func<string, T> parse, T fallback) =>
        Text(option) is { } text ? Try(option, () => parse(text)) : fallback;

    public UserIds? User(string option) => Value<UserIds?>(option, Accounts.User, null);

    /// <summary>Runs what may throw a <see cref="ValueException"/> about this option.</summary>
    public T Try<T>(string option, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (ValueException bad)
        {
            throw Error(option, bad.Message, bad.Write);
        }
    }

    public ConfigException Missing(string option, string write) => Error(option, "is missing", write);

    /// <param name="option">Null where the section itself is wrong.</param>
    public ConfigException Error(string? option, string wrong, string write) =>
        new($"{Place(option)} {wrong}; {write}");

    public string Warning(string? option, string what) => $"{Place(option)} {what}";

    /// <summary>`file:line: [section] option`; without the option its section's first line.</summary>
    private string Place(string? option)
    {
        var value = option is null ? null : ini.Get(section, option);
        var place = $"{value?.File ?? section.File}:{value?.Line ?? section.Line}: [{section.Name}]";
        return option is null ? place : $"{place} {option}";
    }
}
