namespace Rota.Supervisor.Config;

/// <summary>One `[program]`, `[eventlistener]` or `[fcgi-program]` as the `numprocs` processes that it describes.
/// </summary>
/// <remarks>Names known everywhere are `program_name`, `group_name`, `here`, `host_node_name` and ENV_. What differs by
/// process (`command`, `directory`, the logs, `environment`, `process_name`) also knows `process_num`, `numprocs` and
/// the variables of the program's own `environment`.</remarks>
internal sealed class ProcessSection(IniFile ini, SectionReader file, string program, string group)
{
    /// <summary>More is a slip of the keyboard, or a machine that we do not want to bring down.</summary>
    private const int ProcessesMax = 20_000;

    private readonly SectionReader _section = file.With(new Expansions(file.Names)
    {
        ["program_name"] = program,
        ["group_name"] = group,
    });

    public IEnumerable<ProcessConfig> Read()
    {
        var (count, first) = (_section.Int("numprocs", 1), _section.Int("numprocs_start", 0));
        if (count > ProcessesMax)
            throw _section.Error("numprocs", $"{count} is too many", $"write at most {ProcessesMax}");
        var name = _section.Try("process_name", () => Values.Name(_section.Raw("process_name") ?? "%(program_name)s"));
        if (count > 1 && !name.Contains("%(process_num)"))
            throw _section.Error("process_name", "lacks %(process_num), by which the processes differ",
                "write process_name=%(program_name)s_%(process_num)02d");
        var common = Common();
        if (common is { StopAsGroup: true, KillAsGroup: false })
            throw _section.Error("killasgroup", "is false while stopasgroup is true", "leave killasgroup out");

        var processes = Enumerable.Range(0, Math.Max(0, count))
            .Select(index => Process(common, name, first + index, count)).ToList();
        if (processes.Count > 0)
            WarnOfLogs(processes[0]);
        return processes;
    }

    private ProcessConfig Common()
    {
        var stopAsGroup = _section.Bool("stopasgroup", false);
        return new ProcessConfig
        {
            Name = "",
            Command = "",
            Priority = _section.Int("priority", 999),
            AutoStart = _section.Bool("autostart", true),
            AutoRestart = _section.Value("autorestart", Values.AutoRestart, AutoRestart.Unexpected),
            StartSeconds = _section.Int("startsecs", 1),
            StartRetries = _section.Int("startretries", 3),
            StopSignal = _section.Value("stopsignal", Values.Signal, 15),
            StopWaitSeconds = _section.Int("stopwaitsecs", 10),
            StopAsGroup = stopAsGroup,
            KillAsGroup = _section.Bool("killasgroup", stopAsGroup),
            ExitCodes = _section.Value("exitcodes", Values.ExitCodes, [0]),
            RedirectStderr = _section.Bool("redirect_stderr", false),
            ServerUrl = ServerUrl(),
            User = _section.User("user"),
            Umask = _section.Value<int?>("umask", text => Values.Octal(text), null),
        };
    }

    /// <summary>AUTO is the first server; NONE leaves the variable out.</summary>
    private string? ServerUrl()
    {
        var url = _section.Text("serverurl");
        return string.IsNullOrEmpty(url) ? null : PythonText.Strip(url).ToUpperInvariant() switch
        {
            "AUTO" => null,
            "NONE" => "",
            _ => url,
        };
    }

    private ProcessConfig Process(ProcessConfig common, string name, int number, int count)
    {
        var names = new Expansions(_section.Names) { ["process_num"] = number, ["numprocs"] = count };
        var section = _section.With(names);
        var environment = section.Raw("environment") is { } text
            ? section.Try("environment", () => ShellWords.Pairs(PythonFormat.Expand(text, names)))
            : [];
        names.AddEnvironment(environment);

        var command = section.Text("command")
            ?? throw section.Missing("command", "write command= with a program and its arguments");
        var words = ShellWords.Split(command);
        return common with
        {
            Name = section.Expand("process_name", name),
            Command = command,
            Arguments = words is null ? null : new([.. words]),
            Directory = section.Text("directory"),
            EnvironmentFiles = section.Value("environment_files",
                text => EnvironmentFile.List(text, section.FolderOf("environment_files")), []),
            Secrets = section.Value("secrets", text => OutputOptions.Secrets(text, environment), []),
            Environment = environment,
            Life = LifeSection.Read(section),
            Stdout = Output(section, "stdout"),
            Stderr = Output(section, "stderr") is var stderr && common.RedirectStderr
                ? stderr with { Target = OutputTarget.None, Path = null }
                : stderr,
        };
    }

    private static OutputConfig Output(SectionReader section, string channel)
    {
        var option = $"{channel}_logfile";
        // Expanded twice, as supervisord does.
        var path = section.Text(option) is { } text ? section.Expand(option, text) : "auto";
        var target = path.ToLowerInvariant() switch
        {
            "none" or "off" or "syslog" or "" => OutputTarget.None,
            "auto" => OutputTarget.Auto,
            _ => OutputTarget.File,
        };
        return new OutputConfig
        {
            Target = target,
            Path = target == OutputTarget.File ? section.Try(option, () => Values.PathInDirectory(path)) : null,
            MaxBytes = section.Bytes($"{option}_maxbytes", 50 * 1024 * 1024),
            Backups = section.Int($"{option}_backups", 10),
            CaptureMaxBytes = section.Bytes($"{channel}_capture_maxbytes", 0),
            EventsEnabled = section.Bool($"{channel}_events_enabled", false),
            Syslog = section.Bool($"{channel}_syslog", false) | path.ToLowerInvariant() is "syslog",
            Format = section.Value($"{channel}_log_format", OutputOptions.Format, LogFormat.Plain),
            RateLimit = section.Value($"{channel}_rate_limit", OutputOptions.Rate, 0),
        };
    }

    private void WarnOfLogs(ProcessConfig process)
    {
        foreach (var (channel, output) in new[] { ("stdout", process.Stdout), ("stderr", process.Stderr) })
        {
            var option = $"{channel}_logfile";
            if (string.Equals(file.Raw(option), "syslog", StringComparison.OrdinalIgnoreCase))
                ini.Warnings.Add(file.Warning(option, $"is syslog, the old way; write {channel}_syslog=true"));
            if (output is { Target: OutputTarget.Auto, MaxBytes: 0 })
                ini.Warnings.Add(file.Warning($"{option}_maxbytes", "is 0 for an AUTO log, which fills up the disk; "
                    + "write a size"));
        }
        if (process.RedirectStderr && file.Raw("stderr_logfile")?.ToUpperInvariant() is not (null or "AUTO" or "NONE"))
            ini.Warnings.Add(file.Warning("stderr_logfile", "is ignored, since redirect_stderr is true"));
    }
}
