namespace Rota.Commands;

/// <param name="Note">How long it ran, or what it waits for.</param>
internal sealed record GraphJob(long Id, string Kind, string State, string Note);

/// <summary>Jobs that are only counted.</summary>
/// <param name="From">Jobs that come before all of them.</param>
/// <param name="To">Jobs that come after all of them.</param>
internal sealed record GraphMore(string State, int Count, IReadOnlyList<long> From, IReadOnlyList<long> To);

/// <param name="State">May be coloured; empty where no job stands.</param>
internal readonly record struct GraphLine(string Before, string State, string After)
{
    public GraphLine ToAscii() => new(Ascii(Before), State, Ascii(After));

    private static string Ascii(string text) => string.Concat(text.Select(letter => letter switch
    {
        '●' => "*",
        '│' => "|",
        '─' => "-",
        '├' or '┌' or '└' or '┐' or '┘' or '┬' or '┴' or '┼' => "+",
        '…' => "...",
        > '~' => "?",
        _ => letter.ToString(),
    }));
}

/// <summary>Draws jobs as text, each below all that it waits for.</summary>
/// <remarks>
/// Jobs between the same others make one block, below each other at the same line. Blocks are drawn in the order of
/// their ids, as version histories are: a block has a lane to each one that waits for it, and there lanes meet. So a
/// chain is one straight line, and a diamond leaves it and comes back.
/// </remarks>
internal sealed class GraphDrawing
{
    private const int AlikeMax = 20;

    /// <summary>Jobs between the same others.</summary>
    private sealed class Block
    {
        public required double Order { get; init; }
        public required IReadOnlyList<long> From { get; init; }
        public required IReadOnlyList<long> To { get; init; }
        public List<GraphJob> Jobs { get; } = [];
        public Dictionary<string, int> More { get; } = [];

        /// <summary>In their order.</summary>
        public IReadOnlyList<Block> After { get; set; } = [];
    }

    private readonly List<Block> _blocks = [];
    // By column: the block to which the lane leads; null where there is none.
    private readonly List<Block?> _lanes = [];
    private readonly List<(string Lanes, string Id, GraphJob? Job)> _rows = [];

    public GraphDrawing(IReadOnlyList<GraphJob> jobs, IReadOnlyList<(long From, long To)> edges,
        IReadOnlyList<GraphMore> more)
    {
        var before = edges.ToLookup(edge => edge.To, edge => edge.From);
        var after = edges.ToLookup(edge => edge.From, edge => edge.To);
        var byNeighbours = new Dictionary<(string, string), Block>();
        foreach (var job in jobs.OrderBy(job => job.Id))
            BlockOf([.. before[job.Id]], [.. after[job.Id]], job.Id).Jobs.Add(job);
        foreach (var group in more)
        {
            var block = BlockOf(group.From, group.To, group.From.Count == 0 ? 0 : group.From.Max() + 0.5);
            block.More[group.State] = block.More.GetValueOrDefault(group.State) + group.Count;
        }
        _blocks = [.. byNeighbours.Values.OrderBy(block => block.Order)];
        var ofJob = _blocks.SelectMany(block => block.Jobs.Select(job => (job.Id, block)))
            .ToDictionary(one => one.Id, one => one.block);
        foreach (var block in _blocks)
        {
            // Of jobs that are only counted there are no edges: they say themselves what comes before them.
            var counted = _blocks.Where(other => other.Jobs.Count == 0 && other.From.Any(id => ofJob[id] == block));
            block.After = [.. block.To.Select(id => ofJob[id]).Concat(counted).Distinct().OrderBy(next => next.Order)];
        }

        Block BlockOf(IReadOnlyList<long> from, IReadOnlyList<long> to, double order)
        {
            var key = (string.Join(',', from.Order()), string.Join(',', to.Order()));
            return byNeighbours.TryGetValue(key, out var known) ? known
                : byNeighbours[key] = new Block { Order = order, From = from, To = to };
        }
    }

    public IReadOnlyList<GraphLine> Lines()
    {
        foreach (var block in _blocks)
            Draw(block);
        var jobs = _rows.Select(row => row.Job).OfType<GraphJob>().ToList();
        var (lanes, id) = (_rows.Max(row => row.Lanes.Length), _rows.Max(row => row.Job is null ? 0 : row.Id.Length));
        var (kind, state) = (jobs.Max(job => job.Kind.Length), jobs.Max(job => job.State.Length));
        return [.. _rows.Select(row => row.Job is { } job
            ? new GraphLine($"{row.Lanes.PadRight(lanes)} {row.Id.PadRight(id)}  {job.Kind.PadRight(kind)}  ",
                job.State, job.Note.Length == 0 ? "" : new string(' ', state - job.State.Length) + "  " + job.Note)
            : new GraphLine(row.Id.Length == 0 ? row.Lanes : $"{row.Lanes.PadRight(lanes)} {row.Id}", "", ""))];
    }

    private void Draw(Block block)
    {
        var at = _lanes.IndexOf(block);
        var isFirst = at < 0;
        if (isFirst)
        {
            at = _lanes.Count;
            _lanes.Add(block);
        }
        var others = Enumerable.Range(at + 1, _lanes.Count - at - 1).Where(lane => _lanes[lane] == block).ToList();
        if (others.Count > 0)
            _rows.Add((Bend(at, others, '┴', '┘'), "", null));
        foreach (var lane in others)
            _lanes[lane] = null;
        DrawJobs(block, at, isFirst);
        _lanes[at] = block.After is [var first, ..] ? first : null;
        var opened = block.After.Skip(1).Select(next => Open(next, at)).ToList();
        if (opened.Count > 0)
            _rows.Add((Bend(at, opened, '┬', '┐'), "", null));
    }

    private int Open(Block next, int right)
    {
        var lane = _lanes.FindIndex(right + 1, other => other is null);
        if (lane < 0)
        {
            lane = _lanes.Count;
            _lanes.Add(null);
        }
        _lanes[lane] = next;
        return lane;
    }

    private void DrawJobs(Block block, int at, bool isFirst)
    {
        var rows = block.Jobs.GroupBy(job => job.State).SelectMany(alike => alike.Take(AlikeMax))
            .OrderBy(job => job.Id).Select(job => (Text: job.Id.ToString(), Job: (GraphJob?)job)).ToList();
        rows.AddRange(Folded(block).Select(text => (text, default(GraphJob))));
        for (var row = 0; row < rows.Count; row++)
        {
            var sign = rows.Count == 1 ? '●'
                : row == 0 && isFirst ? '┌'
                : row == rows.Count - 1 && block.After.Count == 0 ? '└' : '├';
            _rows.Add((Row(at, sign), rows[row].Text, rows[row].Job));
        }
    }

    private static IEnumerable<string> Folded(Block block) =>
        from state in block.Jobs.Select(job => job.State).Concat(block.More.Keys).Distinct()
        let count = Math.Max(0, block.Jobs.Count(job => job.State == state) - AlikeMax)
            + block.More.GetValueOrDefault(state)
        where count > 0
        select $"… {count:N0} more {state}";

    /// <summary>The lanes beside a job.</summary>
    private string Row(int at, char sign)
    {
        var lanes = Columns(lane => lane == at ? sign : _lanes[lane] is null ? ' ' : '│', _ => false);
        var isLast = sign != '●' && lanes.TrimEnd().Length == lanes.IndexOf(sign) + 1;
        return isLast ? lanes.TrimEnd() + '─' : lanes.TrimEnd();
    }

    /// <summary>The lanes where some meet one of them, or leave it.</summary>
    private string Bend(int at, List<int> others, char middle, char last)
    {
        var end = others.Max();
        return Columns(lane => lane == at ? '├' : lane == end ? last : others.Contains(lane) ? middle
            : _lanes[lane] is null ? (lane > at && lane < end ? '─' : ' ')
            : lane > at && lane < end ? '┼' : '│', lane => lane >= at && lane < end).TrimEnd();
    }

    private string Columns(Func<int, char> sign, Func<int, bool> isJoined) => string.Concat(
        Enumerable.Range(0, _lanes.Count).Select(lane => $"{sign(lane)}{(isJoined(lane) ? '─' : ' ')}"));
}
