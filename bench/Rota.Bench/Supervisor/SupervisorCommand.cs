using System.Diagnostics;

namespace Rota.Bench;

/// <summary><c>rota supervise</c> beside Debian's supervisord: the same files, in turns.</summary>
internal static class SupervisorCommand
{
    public const string Name = "supervisor";

    private const int PsCalls = 10;
    private static readonly string Program =
        Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, "../../Rota/release/rota"));

    public static async Task<int> RunAsync(BenchOptions options)
    {
        switch (options.Only)
        {
            case FuzzRun.Name:
                return FuzzRun.Run(options);
            case RestartRun.Name:
                return await RestartRun.RunAsync([Program, "supervise"], options.Count);
        }
        await DebianPackages.InstallAsync(("/usr/bin/supervisord", "supervisor"));
        var processes = options.IsQuick ? 50 : 1_000;
        var window = TimeSpan.FromSeconds(options.IsQuick ? 1 : 5);
        var samples = new Samples();
        var sides = new[]
        {
            (Prefix: "", Round: new SupervisorRound([Program, "supervise"], processes, window)),
            (Prefix: SupervisorReport.Theirs, Round: new SupervisorRound(["/usr/bin/supervisord"], processes, window)),
        };
        for (var round = 0; round < options.Rounds; round++)
        {
            // Who begins alternates, so that what one round leaves behind meets both.
            foreach (var side in round % 2 == 0 ? sides : [.. sides.Reverse()])
            {
                foreach (var (name, value) in await side.Round.RunAsync(options.IsQuick))
                    samples.Add(side.Prefix + name, Progress.Say(side.Prefix + name, value, ""));
            }
            await PsAsync(samples);
        }
        var report = new SupervisorReport(samples);
        Console.Out.WriteLine(options.IsJson ? report.ToJson() : report.ToTable());
        if (!options.IsChecked)
            return 0;
        var missed = report.Missed();
        foreach (var line in missed)
            Progress.Say($"missed: {line}");
        return missed.Count == 0 ? 0 : 1;
    }

    /// <summary><c>rota ps</c>, from its start to its end, on one process.</summary>
    private static async Task PsAsync(Samples samples)
    {
        await using var daemon = new SupervisorDaemon([Program, "supervise"], """
            [program:one]
            command=/bin/sleep 3600
            """);
        await daemon.WaitUntilReadyAsync();
        var calls = new List<double>();
        for (var call = 0; call <= PsCalls; call++)
        {
            var start = Stopwatch.GetTimestamp();
            using var ps = Process.Start(new ProcessStartInfo(Program, ["ps", "--server", daemon.ServerUrl])
            {
                UseShellExecute = false,
                RedirectStandardOutput = true,
            })!;
            await ps.StandardOutput.ReadToEndAsync();
            await ps.WaitForExitAsync();
            if (ps.ExitCode != 0)
                throw new InvalidOperationException($"rota ps ended with {ps.ExitCode}.");
            if (call > 0)
                calls.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
        }
        samples.Add("ps_ms", Progress.Say("ps_ms", calls.Order().ElementAt(calls.Count / 2), ""));
    }
}
