using System.Globalization;
using Rota.Supervisor.Config;
using Rota.Supervisor.Processes;

namespace Rota.Supervisor.Rpc;

/// <summary>Methods that say how processes are and how they are configured.</summary>
internal static class InfoMethods
{
    /// <summary>So ends the description of a process with a limit that the system does not hold.</summary>
    public const string NotEnforced = " is not enforced";

    public static IEnumerable<RpcMethod> Of(Processes.Supervisor supervisor, TimeProvider time) =>
    [
        new("getProcessInfo", ["struct", "string"], 1, "How a process is.",
            async call => Info(await supervisor.Running.FindAsync(call.Text(0)), time)),
        new("getAllProcessInfo", ["array"], 0, "How all processes are, by group and name.",
            async _ => (await supervisor.Running.ListAsync()).Select(facts => Info(facts, time)).ToList()),
        new("getAllConfigInfo", ["array"], 0,
            "How all processes are configured, those of inactive groups too, by name.",
            async _ => Configs(supervisor.Running.Config, await supervisor.ListGroupsAsync(),
                await supervisor.ListAsync())),
    ];

    /// <summary>What `status` prints after the state.</summary>
    public static string Description(ProcessFacts facts, TimeProvider time) => facts.Waiting ?? facts.State switch
    {
        ProcessState.Running => $"pid {facts.Pid}, uptime {Uptime(Seconds(facts.Now) - Seconds(facts.Start))}"
            + (facts.Unenforced is { } option ? $", {option}{NotEnforced}" : ""),
        ProcessState.Fatal or ProcessState.Backoff => facts.SpawnError.Length > 0
            ? facts.SpawnError
            : $"unknown error (try \"tail {facts.Name}\")",
        ProcessState.Stopped or ProcessState.Exited => facts.Start is null
            ? "Not started"
            : TimeZoneInfo.ConvertTime(DateTimeOffset.FromUnixTimeSeconds(Seconds(facts.Stop)), time.LocalTimeZone)
                .ToString("MMM dd hh:mm tt", CultureInfo.InvariantCulture),
        _ => "",
    };

    private static OrderedDictionary<string, object?> Info(ProcessFacts facts, TimeProvider time) => new()
    {
        ["name"] = facts.Name,
        ["group"] = facts.Group,
        ["start"] = Seconds(facts.Start),
        ["stop"] = Seconds(facts.Stop),
        ["now"] = Seconds(facts.Now),
        ["state"] = (int)facts.State,
        ["statename"] = facts.State.Word,
        ["spawnerr"] = facts.SpawnError,
        ["exitstatus"] = facts.ExitStatus,
        ["logfile"] = facts.StdoutLog,
        ["stdout_logfile"] = facts.StdoutLog,
        ["stderr_logfile"] = facts.StderrLog,
        ["pid"] = facts.Pid,
        ["description"] = Description(facts, time),
    };

    /// <summary>Since 1970; 0 for never. The type is 32 bits wide, and ends with them in 2038.</summary>
    private static int Seconds(DateTimeOffset? instant) =>
        (int)Math.Clamp(instant?.ToUnixTimeSeconds() ?? 0, int.MinValue, int.MaxValue);

    /// <summary>As Python writes a timedelta: `0:00:10`, `1 day, 2:03:04`.</summary>
    private static string Uptime(int seconds)
    {
        var span = TimeSpan.FromSeconds(Math.Max(0, seconds));
        var days = span.Days switch { 0 => "", 1 => "1 day, ", _ => $"{span.Days} days, " };
        return $"{days}{span.Hours}:{span.Minutes:00}:{span.Seconds:00}";
    }

    private static List<OrderedDictionary<string, object?>> Configs(SupervisorConfig config,
        IReadOnlySet<string> active, IReadOnlyList<ProcessFacts> facts)
    {
        var logs = facts.ToDictionary(process => (process.Group, process.Name));
        return config.Groups
            .SelectMany(group => group.Processes.Select(process => (Group: group, Process: process)))
            .OrderBy(pair => pair.Process.Name, StringComparer.Ordinal)
            .Select(pair => Config(pair.Group, pair.Process, active.Contains(pair.Group.Name),
                logs.GetValueOrDefault((pair.Group.Name, pair.Process.Name))))
            .ToList();
    }

    private static OrderedDictionary<string, object?> Config(GroupConfig group, ProcessConfig process, bool isActive,
        ProcessFacts? facts) => new()
        {
            ["autostart"] = process.AutoStart,
            ["directory"] = process.Directory ?? "none",
            ["uid"] = process.User is { } user ? user.UserId : "none",
            ["command"] = process.Command,
            ["exitcodes"] = process.ExitCodes,
            ["group"] = group.Name,
            ["group_prio"] = group.Priority,
            ["inuse"] = isActive,
            ["killasgroup"] = process.KillAsGroup,
            ["name"] = process.Name,
            ["process_prio"] = process.Priority,
            ["redirect_stderr"] = process.RedirectStderr,
            ["startretries"] = process.StartRetries,
            ["startsecs"] = process.StartSeconds,
            ["stdout_capture_maxbytes"] = process.Stdout.CaptureMaxBytes,
            ["stdout_events_enabled"] = process.Stdout.EventsEnabled,
            ["stdout_logfile"] = LogFile(process.Stdout, facts?.StdoutLog),
            ["stdout_logfile_backups"] = process.Stdout.Backups,
            ["stdout_logfile_maxbytes"] = process.Stdout.MaxBytes,
            ["stdout_syslog"] = process.Stdout.Syslog,
            ["stopsignal"] = process.StopSignal,
            ["stopwaitsecs"] = process.StopWaitSeconds,
            ["stderr_capture_maxbytes"] = process.Stderr.CaptureMaxBytes,
            ["stderr_events_enabled"] = process.Stderr.EventsEnabled,
            ["stderr_logfile"] = LogFile(process.Stderr, facts?.StderrLog),
            ["stderr_logfile_backups"] = process.Stderr.Backups,
            ["stderr_logfile_maxbytes"] = process.Stderr.MaxBytes,
            ["stderr_syslog"] = process.Stderr.Syslog,
            ["serverurl"] = process.ServerUrl switch { null => "none", "" => "NONE", var url => url },
        };

    /// <summary>An AUTO log has its path once its group is active.</summary>
    private static string LogFile(OutputConfig output, string? active) => output.Target switch
    {
        OutputTarget.File => output.Path!,
        OutputTarget.Auto => string.IsNullOrEmpty(active) ? "auto" : active,
        _ => "none",
    };
}
