using System.Globalization;

namespace Rota.Supervisor.Config;

/// <summary>The options of <see cref="LifeConfig"/>: what they are called, and how they are read.</summary>
internal static class LifeSection
{
    /// <summary>A day: whoever writes more has the unit wrong.</summary>
    private const int SecondsMax = 86_400;

    public static OptionInfo[] Options { get; } =
    [
        new("depends_on", "db,cache:worker", "start when these programs, groups or processes are ready, stop before "
            + "them; default nobody"),
        new("ready_when", "port:127.0.0.1:5432", "RUNNING only when this is seen: port:, http://, file:, log:, notify "
            + "or exit; default startsecs alone"),
        new("ready_timeout_secs", "60", "seconds from the start until a process that is not ready has failed"),
        new("health_check", "http://127.0.0.1:8080/health", "asked while it runs: port:, http:// or command:; default "
            + "nothing"),
        new("health_interval_secs", "30", "seconds between two questions"),
        new("health_timeout_secs", "5", "seconds until no answer is a failure"),
        new("health_failures", "3", "failures in a row until it is restarted"),
        new("restart_delay_secs", "0", "seconds before a restart; 0 at once, as supervisord does"),
        new("restart_backoff", "1", "factor by which each such wait is longer than the last"),
        new("restart_delay_max_secs", "300", "longest such wait; after a run of that length the waits begin anew"),
        new("restart_limit", "5/60", "restarts allowed within so many seconds, then FATAL; default without limit"),
        new("restart_every_secs", "86400", "restart it when it has run for so long; default never"),
        new("restart_at", "04:00", "restart it daily at this time of the clock; default never"),
        new("restart_cron", "0 4 * * mon-fri", "restart it when the clock fits this cron expression; default never"),
        new("restart_timezone", "Europe/Berlin", "whose clock that is; default the machine's"),
        new("restart_rolling", "false", "when their time comes, restart the processes of a group one after the other"),
        new("on_fatal", "none", "when given up: none, exit (the daemon, with 1), run:COMMAND or notify:http://..."),
        new("stop_tree", "false", "stop all descendants too, also those in sessions of their own"),
        new("limit_open_files", "1024", "open files of each of its processes; default the daemon's"),
        new("limit_processes", "100", "processes of its user; not for root; default the daemon's"),
        new("limit_memory", "512MB", "memory of it and its descendants, above which it is restarted; default none"),
        new("limit_cpu", "1.5", "cores of it and its descendants, or 150%; needs cgroup v2; default none"),
    ];

    public static LifeConfig Read(SectionReader section) => new()
    {
        DependsOn = [.. Values.Strings(section.Text("depends_on")).Where(name => name.Length > 0)],
        ReadyWhen = section.Value<Check?>("ready_when", Check.ForReadiness, null),
        ReadyTimeoutSeconds = Seconds(section, "ready_timeout_secs", 60, least: 1),
        Health = Health(section),
        Restart = Restart(section),
        RestartEverySeconds = Count(section, "restart_every_secs", 1),
        RestartTimes = Times(section),
        RestartRolling = section.Bool("restart_rolling", false),
        OnFatal = section.Value("on_fatal", Fatal, null),
        StopTree = section.Bool("stop_tree", false),
        Limits = new(Count(section, "limit_open_files", 16), Count(section, "limit_processes", 1),
            section.Value<long?>("limit_memory", Memory, null), Cores(section, "limit_cpu")),
    };

    private static HealthConfig? Health(SectionReader section)
    {
        var check = section.Value<Check?>("health_check", Check.ForHealth, null);
        var interval = Seconds(section, "health_interval_secs", 30, least: 1);
        var timeout = Seconds(section, "health_timeout_secs", 5, least: 1);
        var failures = section.Value("health_failures", text => Number(text, 1, 1000), 3);
        return check is null ? null : new(check, interval, timeout, failures);
    }

    private static RestartConfig Restart(SectionReader section)
    {
        var (count, seconds) = section.Value("restart_limit", Limit, (0, 0));
        return new(Seconds(section, "restart_delay_secs", 0, least: 0),
            section.Value("restart_backoff", Factor, 1), Seconds(section, "restart_delay_max_secs", 300, least: 1),
            count, seconds);
    }

    private static ValueList<RestartTime> Times(SectionReader section)
    {
        var zone = section.Value<string?>("restart_timezone", RestartTime.ZoneName, null);
        var daily = section.Value<RestartTime?>("restart_at", text => RestartTime.Daily(text, zone), null);
        var cron = section.Value<RestartTime?>("restart_cron", text => RestartTime.Of(text, zone), null);
        return [.. new[] { daily, cron }.OfType<RestartTime>()];
    }

    private static int Seconds(SectionReader section, string option, int fallback, int least) =>
        section.Value(option, text => Number(text, least, SecondsMax), fallback);

    private static int? Count(SectionReader section, string option, int least) =>
        section.Value<int?>(option, text => Number(text, least, int.MaxValue), null);

    private static int Number(string text, int least, int most) => Values.Int(text) is var number
        && number >= least && number <= most
        ? number
        : throw new ValueException($"{text} is out of range", $"write a number from {least} to {most}");

    private static double Factor(string text) =>
        double.TryParse(text, out var factor) && factor is >= 1 and <= 100
            ? factor
            : throw Values.Bad(text, "no factor", "write a number from 1 to 100, for example 2");

    private static (int Count, int Seconds) Limit(string text) => text.Split('/') is [var count, var seconds]
        ? (Number(count, 1, 1000), Number(seconds, 1, SecondsMax))
        : throw Values.Bad(text, "no limit", "write restarts/seconds, for example 5/60");

    private static FatalAction? Fatal(string text) => text switch
    {
        "none" => null,
        "exit" => new(FatalKind.Exit, ""),
        _ when text.StartsWith("run:", StringComparison.Ordinal) => new(FatalKind.Run, Check.CommandText(text[4..])),
        _ when text.StartsWith("notify:", StringComparison.Ordinal) =>
            new(FatalKind.Notify, Check.HttpAddress(text[7..])),
        _ => throw new ValueException("is nothing that can be done",
            "write none, exit, run:COMMAND or notify:http://..."),
    };

    private static long? Memory(string text) => Values.Bytes(text) is >= 1 << 20 and var bytes
        ? bytes
        : throw Values.Bad(text, "too little memory", "write 1MB or more, for example 512MB");

    /// <summary>A percent sign alone would begin an expansion; at the end of the value it is one, doubled or not.
    /// </summary>
    private static double? Cores(SectionReader section, string option)
    {
        if (section.Raw(option) is not { } raw)
            return null;
        var isSingle = raw.EndsWith('%') && !raw.EndsWith("%%", StringComparison.Ordinal);
        var text = section.Expand(option, isSingle ? raw + "%" : raw);
        return section.Try(option, () => Cores(text));
    }

    private static double? Cores(string text)
    {
        const double least = 0.01, most = 1024;
        var isPercent = text.EndsWith('%');
        if (!double.TryParse(isPercent ? text[..^1] : text, NumberStyles.AllowDecimalPoint,
            CultureInfo.InvariantCulture, out var number))
            throw Values.Bad(text, "no number of cores", "write cores or percent of one, for example 0.5 or 50%");
        var cores = isPercent ? number / 100 : number;
        return cores switch
        {
            0 => null,
            >= least and <= most => cores,
            _ => throw new ValueException($"{text} is out of range",
                "write 0.01 to 1024 cores, 1% to 102400%, or 0 for no limit"),
        };
    }
}
