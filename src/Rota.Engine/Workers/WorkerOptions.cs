using System.ComponentModel.DataAnnotations;

namespace Rota.Workers;

/// <summary>How this node works jobs. Section <c>Workers</c>.</summary>
public sealed class WorkerOptions
{
    public const string Section = "Workers";

    /// <summary>Name of this node, unique among the nodes of a database. Default: the machine's name.</summary>
    [Required, StringLength(100, MinimumLength = 1)]
    public string Node { get; set; } = Environment.MachineName;

    /// <summary>False: this process enqueues and shows jobs, but runs none. Default: true.</summary>
    public bool IsEnabled { get; set; } = true;

    /// <summary>Jobs run at once. Count, 1 to 1,000. Default: 16.</summary>
    [Range(1, 1_000)]
    public int Concurrency { get; set; } = 16;

    /// <summary>Queues to work, in strict order; with weights as <c>mail=3</c> a queue comes first that often.
    /// Empty: all queues in turn. Default: empty.</summary>
    public IList<string> Queues { get; set; } = [];

    /// <summary>Most jobs taken ahead of a free slot; how many really are follows from how long jobs take, so that
    /// about 50 ms of work wait. One claim takes 1,000 of them at most. Count, 0 to 10,000. Default: 2,000.</summary>
    [Range(0, 10_000)]
    public int Prefetch { get; set; } = 2_000;

    /// <summary>How long running jobs may go on when the node stops. Duration, 0 s to 1 h. Default: 10 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "01:00:00")]
    public TimeSpan Drain { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>How long a handler may ignore its stop token before it is abandoned. Duration, 0 s to 1 h. Default: 10
    /// s.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "01:00:00")]
    public TimeSpan Grace { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>Processes in a row that a job may take down before it is failed as crashed. Count, 1 to 100. Default:
    /// 3.</summary>
    [Range(1, 100)]
    public int CrashesMax { get; set; } = 3;

    /// <summary>Log lines kept of one attempt. Count, 0 to 1,000,000. Default: 100,000.</summary>
    [Range(0, 1_000_000)]
    public int LogLinesMax { get; set; } = 100_000;

    /// <summary>Whether failed jobs of a kind that had no handler run again when one appears. Default: true.</summary>
    public bool RetryRejected { get; set; } = true;
}
