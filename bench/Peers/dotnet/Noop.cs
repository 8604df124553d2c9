using System.Diagnostics;
using System.Text.Json;
using Quartz;

namespace Rota.Bench.Quartz;

/// <summary>The job that does nothing but say that it ran.</summary>
public sealed class Noop : IJob
{
    internal const string Sent = "sent";

    public ValueTask Execute(IJobExecutionContext context, CancellationToken cancellationToken = default)
    {
        Marks.Add(long.Parse(context.MergedJobDataMap.GetString(Sent)!));
        return ValueTask.CompletedTask;
    }
}

/// <summary>Says when a tenth of the jobs ran, and when the last one did. Static, as Quartz makes the jobs.</summary>
internal static class Marks
{
    private static readonly Lock Gate = new();
    private static readonly List<double> Waits = [];
    private static int _count;
    private static int _seen;
    private static bool _withWaits;
    private static long _start;

    public static void Expect(int count, bool withWaits) => (_count, _withWaits) = (count, withWaits);

    public static void Say(object line) => Console.Out.WriteLine(JsonSerializer.Serialize(line));

    public static void SayDone(int jobs, TimeSpan took) =>
        Say(new { @event = "done", jobs, seconds = took.TotalSeconds });

    public static void Add(long sent)
    {
        var now = Stopwatch.GetTimestamp();
        var warm = (_count + 9) / 10;
        lock (Gate)
        {
            _seen++;
            if (_withWaits)
                Waits.Add(Stopwatch.GetElapsedTime(sent, now).TotalMilliseconds);
            if (_withWaits && _seen == _count)
                Say(new { @event = "done", jobs = _count, waits_ms = Waits });
            if (_withWaits)
                return;
            if (_seen == warm)
            {
                _start = now;
                Say(new { @event = "warm" });
            }
            if (_seen == _count)
                SayDone(_count - warm, Stopwatch.GetElapsedTime(_start, now));
        }
    }
}
