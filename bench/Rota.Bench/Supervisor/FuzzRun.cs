using System.Diagnostics;
using System.Text.Json;
using Rota.Supervisor.Tests.Config;
using Rota.Supervisor.Tests.Fuzz;

namespace Rota.Bench;

/// <summary>Inputs by chance for everything that reads what others write: the file, and requests.</summary>
internal sealed class FuzzRun : IDisposable
{
    public const string Name = "fuzz";

    private const int SlowestMs = 1_000;
    private const int TicksUntilHung = 10;
    private const int ReportEvery = 500_000;

    private readonly BenchFolder _folder = new(Directory.Exists("/dev/shm") ? "/dev/shm" : Path.GetTempPath());
    private readonly Timer _guard;
    private readonly int _seed;
    private string _current = "";
    private string _seen = "";
    private int _ticks;

    private FuzzRun(int seed)
    {
        _seed = seed;
        foreach (var (name, text) in ConfigCases.Included)
        {
            var path = Path.Combine(_folder.Path, name);
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllText(path, text);
        }
        _guard = new(_ => Guard(), null, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1));
    }

    /// <returns>The exit code: 1 when an input broke a reader.</returns>
    public static int Run(BenchOptions options)
    {
        var seed = options.Seed ?? Environment.TickCount;
        using var run = new FuzzRun(seed);
        Progress.Say($"seed {seed}");
        var targets = FuzzTarget.All(run._folder.Path);
        var broken = targets.Sum(target => run.Try(target, options.Inputs / targets.Count));
        Console.Out.WriteLine($"{options.Inputs:N0} inputs, {broken} broke a reader");
        return broken == 0 ? 0 : 1;
    }

    public void Dispose()
    {
        _guard.Dispose();
        _folder.Dispose();
    }

    private int Try(FuzzTarget target, int inputs)
    {
        var (broken, slowest) = (0, TimeSpan.Zero);
        var start = Stopwatch.GetTimestamp();
        for (var number = 0; number < inputs; number++)
        {
            Volatile.Write(ref _current, $"{target.Name} {number}");
            var input = target.Input(_seed, number);
            var before = Stopwatch.GetTimestamp();
            var error = target.Try(input);
            var took = Stopwatch.GetElapsedTime(before);
            slowest = took > slowest ? took : slowest;
            if (error is not null || took.TotalMilliseconds > SlowestMs)
            {
                broken++;
                Progress.Say($"{target.Name}, seed {_seed}, input {number}, {took.TotalMilliseconds:N0} ms: "
                    + $"{JsonSerializer.Serialize(input)}\n{error}");
            }
            if ((number + 1) % ReportEvery == 0)
                Progress.Say($"  {target.Name} {number + 1:N0}");
        }
        Progress.Say($"{target.Name} inputs", inputs / Stopwatch.GetElapsedTime(start).TotalSeconds);
        Progress.Say($"{target.Name} slowest", slowest.TotalMilliseconds, "ms");
        return broken;
    }

    /// <summary>A reader that never comes back ends the run, with the number of its input.</summary>
    private void Guard()
    {
        var current = Volatile.Read(ref _current);
        _ticks = ReferenceEquals(current, _seen) ? _ticks + 1 : 0;
        _seen = current;
        if (_ticks < TicksUntilHung)
            return;
        Progress.Say($"hung: seed {_seed}, {current}");
        Environment.Exit(1);
    }
}
