using System.CommandLine;

namespace Rota.Commands;

/// <summary>The settings that the commands which run Rota take as options too.</summary>
internal sealed class HostOptions
{
    private readonly Option<string?>[] _options =
    [
        Of("--urls", "Where the server listens; also ROTA_URLS (default: http://127.0.0.1:8600)"),
        Of("--port", "The same, as a port of 127.0.0.1; also ROTA_PORT"), Plugins(),
        Of("--database", "sqlite:PATH or postgres://...; also ROTA_DATABASE"),
        Of("--log-dir", "Log folder; also ROTA_LOG_DIR"),
        Of("--log-format", "text or json; also ROTA_LOG_FORMAT"),
        Of("--concurrency", "Jobs run at once; also ROTA_WORKERS__CONCURRENCY"),
        Of("--queues", "Queues to work, with commas; also ROTA_WORKERS__QUEUES"),
        Of("--node", "Name of this node; also ROTA_WORKERS__NODE"),
    ];

    public IEnumerable<Symbol> All => _options;

    public static Option<string?> Plugins() =>
        Of("--plugins", "Plug-in folder; also ROTA_PLUGINS (default: ./plugins)");

    public Settings Read(Session session) => SettingsReader.Read(session.Terminal, Values(session, _options));

    public static IEnumerable<SettingValue> Values(Session session, params Option<string?>[] options)
    {
        if (session.Data is { } data)
            yield return new SettingValue(["Data"], data, "--data");
        foreach (var option in options)
        {
            if (session.Get(option) is { } value)
                yield return new SettingValue(Path(option.Name), value, option.Name);
        }
    }

    private static string[] Path(string option) => option switch
    {
        "--concurrency" or "--queues" or "--node" => ["Workers", option[2..]],
        _ => [option[2..].Replace('-', '_')],
    };

    private static Option<string?> Of(string name, string description) => new(name) { Description = description };
}
