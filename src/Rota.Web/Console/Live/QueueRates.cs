using Rota.Storage;

namespace Rota.Web.Console.Live;

/// <summary>How fast a queue is.</summary>
/// <param name="Came">Jobs in the last minute.</param>
/// <param name="Ended">Jobs in the last minute.</param>
/// <param name="Trend">Ended jobs of the last hour, one value for each two minutes, oldest first.</param>
public sealed record QueueRate(int Came, int Ended, IReadOnlyList<int> Trend)
{
    /// <summary>The trend in words.</summary>
    public string Words =>
        $"{Trend.Sum():N0} ended in the last hour, at most {Trend.DefaultIfEmpty().Max():N0} in two minutes";
}

/// <summary>Remembers from the counters how many jobs of each queue came and ended in the last hour.</summary>
/// <remarks>Retention makes counters smaller, which is no speed: what it deletes while jobs end hides as many of them.
/// </remarks>
internal sealed class QueueRates
{
    private const int StepsOfMinute = 6, StepsOfBar = 12, Bars = 30;

    private static readonly QueueRate Unknown = new(0, 0, new int[Bars]);

    private readonly Lock _lock = new();
    private Dictionary<string, Past> _queues = [];
    private int _step;
    private bool _isFirst = true;

    private sealed class Past
    {
        public long Active { get; set; }
        public long Ended { get; set; }

        /// <summary>By step of the last minute, in a ring.</summary>
        public (int Came, int Ended)[] Minute { get; } = new (int, int)[StepsOfMinute];

        /// <summary>Ended jobs by two minutes of the last hour, in a ring.</summary>
        public int[] Hour { get; } = new int[Bars];
    }

    /// <summary>Takes what the counters say now. Called every ten seconds.</summary>
    public void Add(IEnumerable<JobCount> counts)
    {
        lock (_lock)
        {
            _step = (_step + 1) % (StepsOfBar * Bars);
            var queues = new Dictionary<string, Past>();
            foreach (var queue in counts.GroupBy(count => count.Queue))
                queues.Add(queue.Key, Next(_queues.GetValueOrDefault(queue.Key), [.. queue]));
            (_queues, _isFirst) = (queues, false);
        }
    }

    // What is there at the first look came before it.
    private Past Next(Past? past, IReadOnlyList<JobCount> counts)
    {
        var ended = counts.Where(count => count.State.IsFinal).Sum(count => count.Count);
        var active = counts.Sum(count => count.Count) - ended;
        past ??= _isFirst ? new Past { Active = active, Ended = ended } : new Past();
        var done = Math.Max(0, ended - past.Ended);
        past.Minute[_step % StepsOfMinute] = ((int)Math.Max(0, active - past.Active + done), (int)done);
        ref var bar = ref past.Hour[_step / StepsOfBar];
        bar = (int)done + (_step % StepsOfBar == 0 ? 0 : bar);
        (past.Active, past.Ended) = (active, ended);
        return past;
    }

    public QueueRate Of(string queue)
    {
        lock (_lock)
        {
            if (!_queues.TryGetValue(queue, out var past))
                return Unknown;
            var newest = _step / StepsOfBar;
            return new QueueRate(past.Minute.Sum(step => step.Came), past.Minute.Sum(step => step.Ended),
                [.. past.Hour[(newest + 1)..], .. past.Hour[..(newest + 1)]]);
        }
    }
}
