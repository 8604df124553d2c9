using Rota.Jobs;
using Rota.Storage;

namespace Rota.Web.Api;

/// <summary>What of one job its followers have not seen yet.</summary>
/// <remarks>The state is read before the lines: an attempt stores its lines before its outcome, so what is read after a
/// final state is the whole log.</remarks>
internal sealed class JobFollower(JobOperations jobs, Job job)
{
    private const int LinesMax = 1_000;
    private static readonly IReadOnlyList<ServerEvent> Nothing = [];

    private Job _last = job;
    private bool _hasEnded;
    private string? _shown;

    /// <summary>Log lines behind a place, then <c>end</c> with the job.</summary>
    public Func<CancellationToken, Task<IReadOnlyList<ServerEvent>?>> Lines(long? token, LogPosition? after) =>
        async stop =>
        {
            if (_hasEnded)
                return null;
            var isFinal = await LookAsync(stop);
            var lines = await jobs.LogAsync(_last.Id, token, after, LinesMax, stop);
            if (lines.Count > 0)
                after = new LogPosition(lines[^1].Token, lines[^1].Number);
            _hasEnded = isFinal && lines.Count < LinesMax;
            return [.. lines.Select(Line), .. _hasEnded ? [End()] : Nothing];
        };

    /// <summary>The job each time its state or progress changed, then <c>end</c> with the job.</summary>
    public Func<CancellationToken, Task<IReadOnlyList<ServerEvent>?>> Changes() =>
        async stop =>
        {
            if (_hasEnded)
                return null;
            _hasEnded = await LookAsync(stop);
            var state = $"{_last.State} {_last.Attempt} {_last.IsCancelRequested} {_last.Progress}";
            var isNew = state != _shown;
            _shown = state;
            return [.. isNew ? [new ServerEvent(null, null, EventStream.Json(JobView.From(_last)))] : Nothing,
                .. _hasEnded ? [End()] : Nothing];
        };

    // A job whose retention is 0 is gone as it ends.
    private async Task<bool> LookAsync(CancellationToken stop)
    {
        if (await jobs.FindAsync(_last.Id, stop) is not { } found)
            return true;
        _last = found;
        return found.State.IsFinal;
    }

    private static ServerEvent Line(LogLine line) =>
        new(Name: null, $"{line.Token}.{line.Number}", EventStream.Json(LogLineView.From(line)));

    private ServerEvent End() => new("end", Id: null, EventStream.Json(JobView.From(_last)));
}
