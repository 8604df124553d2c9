using Rota.Postgres;
using Rota.Web.Supervisors;

namespace Rota.Commands;

/// <summary>Composes the settings from files, environment and command line, and reports everything wrong at
/// once.</summary>
/// <remarks>Later wins: appsettings.json where Rota starts, appsettings.json in the data folder, the names of the
/// systems that Rota follows (DATA_DIR, LOG_DIR, FERNET_KEY_PATH, DB_URL, DB_HOST), ROTA_ variables, the command line.
/// </remarks>
internal sealed class SettingsReader
{
    private static readonly (string Variable, string Setting)[] Aliases =
    [
        ("DATA_DIR", "Data"), ("LOG_DIR", "Log_Dir"), ("FERNET_KEY_PATH", "Fernet_Key_Path"), ("DB_URL", "Database"),
    ];

    private const string SqliteScheme = "sqlite:";

    private static readonly string[] Known =
        ["Data", "Urls", "Port", "Database", "Plugins", "Log_Dir", "Log_Format", "Fernet_Key_Path", "Admin_Password"];

    /// <summary>Variables that are read elsewhere: by the client commands and by the launcher.</summary>
    private static readonly string[] Elsewhere = ["Url", "Token", "Home", "Supervisor_Password"];

    private readonly Terminal _terminal;
    private readonly List<SettingsProblem> _problems = [];
    private readonly List<string> _warnings = [];
    private readonly List<SettingValue> _values = [];

    private SettingsReader(Terminal terminal, IEnumerable<SettingValue> commandLine)
    {
        _terminal = terminal;
        var environment = SettingSources.Environment(terminal, Aliases).ToList();
        var here = SettingSources.File(terminal.PathOf("appsettings.json"), _problems);
        _values.AddRange([.. here, .. DatabaseOfParts(terminal), .. environment, .. commandLine]);
        DataFolder = terminal.PathOf(Find("Data")?.Value ?? "data");
        if (DataFolder != terminal.Folder)
            _values.InsertRange(here.Count,
                SettingSources.File(Path.Combine(DataFolder, "appsettings.json"), _problems));
    }

    private string DataFolder { get; }

    /// <param name="commandLine">What was given there.</param>
    /// <exception cref="SettingsException">All that is wrong.</exception>
    public static Settings Read(Terminal terminal, IEnumerable<SettingValue> commandLine)
    {
        var reader = new SettingsReader(terminal, commandLine);
        var settings = reader.Compose();
        return reader._problems.Count == 0 ? settings : throw new SettingsException(reader._problems);
    }

    private Settings Compose()
    {
        var binder = new OptionsBinder(_values, _problems, _warnings);
        var sections = Settings.Sections().ToList();
        foreach (var (name, options) in sections)
            binder.Bind(name, options);
        var supervisors = SupervisorSettings.Read(_values, _problems, _warnings);
        WarnOfUnknown(sections.Select(section => section.Name).Append(SupervisorOptions.Section));
        return new Settings
        {
            DataFolder = DataFolder,
            Urls = SettingUrls.Read(Find("Urls"), Find("Port"), _problems),
            Database = Database(),
            PluginFolder = Plugins(),
            LogFolder = PathOf("Log_Dir", Path.Combine(DataFolder, "logs")),
            IsJsonLog = IsJsonLog(),
            KeyPath = PathOf("Fernet_Key_Path", Path.Combine(DataFolder, "fernet.key")),
            AdminPassword = Find("Admin_Password")?.Value,
            Supervisors = supervisors,
            Warnings = _warnings,
            Values = _values,
        };
    }

    private SettingValue? Find(string name) => _values.LastOrDefault(value =>
        value.Path.Count == 1 && SettingValue.IsSame(value.Path[0], name) && value.Value.Length > 0);

    private string PathOf(string name, string preset) =>
        Find(name) is { } value ? _terminal.PathOf(value.Value) : preset;

    private string Plugins()
    {
        if (Find("Plugins") is { } given)
            return _terminal.PathOf(given.Value);
        var here = _terminal.PathOf("plugins");
        return _terminal.Variable("ROTA_HOME") is { } home && !Directory.Exists(here)
            ? Path.Combine(home, "plugins")
            : here;
    }

    private string Database()
    {
        if (Find("Database") is not { } given)
            return Path.Combine(DataFolder, "rota.db");
        if (PostgresUrl.IsPostgres(given.Value))
            return CheckedUrl(given);
        if (given.Value.StartsWith(SqliteScheme, StringComparison.OrdinalIgnoreCase)
            && given.Value.Length > SqliteScheme.Length)
        {
            return _terminal.PathOf(given.Value[SqliteScheme.Length..]);
        }
        _problems.Add(new($"{given.Name} names no database that this Rota can use.",
            "Write sqlite:PATH or postgres://USER:PASSWORD@HOST:5432/DATABASE."));
        return "";
    }

    private string CheckedUrl(SettingValue given)
    {
        try
        {
            PostgresUrl.Parse(given.Value);
        }
        catch (InvalidFieldException error)
        {
            _problems.Add(new($"{given.Name} is wrong: {error.Message}", error.Hint!));
        }
        return given.Value;
    }

    /// <summary>The address as other systems have it, in parts: DB_HOST and its kin.</summary>
    private static IEnumerable<SettingValue> DatabaseOfParts(Terminal terminal)
    {
        if (terminal.Variable("DB_HOST") is not { Length: > 0 } host)
            yield break;
        string Part(string name, string preset) => Uri.EscapeDataString(terminal.Variable(name) ?? preset);
        var password = terminal.Variable("DB_PASSWORD") is { Length: > 0 } given
            ? ":" + Uri.EscapeDataString(given) : "";
        var bracketed = host.Count(letter => letter == ':') > 1 && host[0] != '[' ? $"[{host}]" : host; // IPv6
        var url = $"postgres://{Part("DB_USER", "rota")}{password}@{bracketed}:{Part("DB_PORT", "5432")}"
            + $"/{Part("DB_DATABASE", "rota")}";
        yield return new SettingValue(["Database"], url, "DB_HOST");
    }

    private bool IsJsonLog()
    {
        if (Find("Log_Format") is not { } given)
            return false;
        if (given.Value is not ("text" or "json"))
            _problems.Add(new($"{given.Name} is '{given.Value}'.", "Write text or json."));
        return given.Value == "json";
    }

    /// <summary>Only what is certainly meant for Rota: a file may hold what other programs read.</summary>
    private void WarnOfUnknown(IEnumerable<string> sections)
    {
        var known = Known.Concat(sections).Concat(Elsewhere).ToList();
        foreach (var value in _values.Where(value =>
            value.Name.StartsWith(SettingSources.Prefix, StringComparison.Ordinal)))
        {
            if (known.Exists(name => SettingValue.IsSame(name, value.Path[0])))
                continue;
            var near = Nearest.Find(value.Name, known.Select(name => SettingSources.Prefix + name.ToUpperInvariant()));
            _warnings.Add($"{value.Name} is no setting of Rota and is ignored"
                + (near is null ? "" : $"; did you mean {near}?"));
        }
    }
}
