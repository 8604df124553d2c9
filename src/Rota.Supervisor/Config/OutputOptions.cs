namespace Rota.Supervisor.Config;

/// <summary>Options of processes that supervisord has not: where more of their variables come from, and what becomes of
/// their output. Left out, each means what supervisord does.</summary>
internal static class OutputOptions
{
    public static OptionInfo[] All { get; } =
    [
        new("environment_files", "/etc/web.env,-more/*.env", "files of KEY=VALUE lines, read at every start; '-' "
            + "before one that may be missing"),
        new("secrets", "DB_PASSWORD=db-password", "variables with secrets of Rota: VARIABLE=SECRET, commas between"),
        new("stdout_log_format", "plain", "or json: an object for each line"),
        new("stdout_rate_limit", "0", "most that is logged, such as 1MB/s; lines beyond are dropped; 0 no limit"),
        new("stderr_log_format", "plain", "as of stdout"),
        new("stderr_rate_limit", "0", "as of stdout"),
    ];

    /// <summary>`plain` or `json`.</summary>
    public static LogFormat Format(string text) => text.ToLowerInvariant() switch
    {
        "plain" => LogFormat.Plain,
        "json" => LogFormat.Json,
        _ => throw Values.Bad(text, "no format of a log", "write plain or json"),
    };

    /// <summary>`1MB/s`: bytes in a second, as sizes are written; 0 is no limit.</summary>
    public static long Rate(string text)
    {
        try
        {
            return Values.Bytes(text.EndsWith("/s", StringComparison.OrdinalIgnoreCase) ? text[..^2] : text);
        }
        catch (ValueException)
        {
            throw Values.Bad(text, "no rate", "write bytes a second, for example 1MB/s");
        }
    }

    /// <summary>`DB_PASSWORD=db-password,API_KEY=api`.</summary>
    /// <param name="environment">The program's own variables, of which none may be a secret too.</param>
    public static ValueList<SecretVariable> Secrets(string text, IEnumerable<EnvironmentVariable> environment)
    {
        var secrets = ShellWords.Pairs(text).Select(pair => new SecretVariable(pair.Name, pair.Value)).ToArray();
        foreach (var secret in secrets)
        {
            if (secret.Secret.Length == 0)
                throw new ValueException($"names no secret for {secret.Variable}", "write VARIABLE=NAME-OF-THE-SECRET");
            if (environment.Any(variable => variable.Name == secret.Variable))
                throw new ValueException($"sets {secret.Variable}, as environment does", "take it out of one of them");
        }
        return new(secrets);
    }
}

/// <summary>A variable whose value is a secret of Rota, and the secret's name.</summary>
internal sealed record SecretVariable(string Variable, string Secret);

/// <summary>How lines stand in a log.</summary>
internal enum LogFormat { Plain, Json }
