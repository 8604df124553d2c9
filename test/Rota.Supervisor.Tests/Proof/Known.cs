namespace Rota.Supervisor.Tests.Proof;

/// <summary>Where our daemon answers other than supervisord, and why.</summary>
internal static class Known
{
    /// <summary>By the line of the script or the call.</summary>
    public static IReadOnlyDictionary<string, string> Reasons { get; } = new Dictionary<string, string>
    {
        ["tail once"] = "`clear` empties the logs of an ended process; supervisord says so and leaves them",
        ["tail once stderr"] = "as above",
        ["reread"] = "an error names the line and what to write",
        ["update"] = "as above",
        ["supervisor.readProcessStdoutLog"] = "half a letter becomes U+FFFD; supervisord answers HTTP 500",
        ["supervisor.readProcessLog"] = "as above",
    };

    /// <summary>A difference that is meant: its line is listed, and ours is as the reason says.</summary>
    public static bool IsMeant(string line, string theirs, string ours) => line switch
    {
        "tail once" or "tail once stderr" => ours == $"{line}\n\nexit 0\n",
        "reread" or "update" => theirs.Contains("invalid literal for int()") && ours.Contains(
            "CANT_REREAD: DIR/supervisord.conf:13: [program:x] startsecs 'soon' is no whole number; write digits only"),
        "supervisor.readProcessStdoutLog" or "supervisor.readProcessLog" =>
            theirs.EndsWith("'HTTP 500'", StringComparison.Ordinal) && ours.Contains('\ufffd'),
        _ => false,
    };
}
