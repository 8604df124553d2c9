using Rota.Flows;
using Rota.Jobs;

namespace Rota.Web.Console.Jobs;

/// <summary>Where a box of the drawing stands.</summary>
/// <param name="Job">Null: jobs that are only counted.</param>
internal sealed record GraphBox(Job? Job, JobGroup? Group, int Column, int Row);

/// <summary>Jobs in columns, each to the right of all that it waits for; within a column by their ids.</summary>
internal sealed class GraphLayout
{
    /// <summary>More boxes than this are a picture of nothing.</summary>
    public const int BoxesMax = 120;

    private readonly Dictionary<JobId, GraphBox> _boxes = [];
    private readonly List<GraphBox> _groups = [];

    public GraphLayout(JobGraph graph)
    {
        var before = graph.Edges.ToLookup(edge => edge.To, edge => edge.From);
        var rows = new Dictionary<int, int>();
        // By id each job stands behind all that it depends on.
        foreach (var job in graph.Jobs.Take(BoxesMax))
        {
            var column = Behind(before[job.Id]);
            _boxes[job.Id] = new GraphBox(job, Group: null, column, Next(column));
        }
        foreach (var group in graph.More)
        {
            var column = Behind(group.From);
            _groups.Add(new GraphBox(Job: null, group, column, Next(column)));
        }
        Edges = [.. graph.Edges.Select(edge => Pair(edge.From, edge.To)).OfType<(GraphBox, GraphBox)>(),
            .. _groups.SelectMany(box => box.Group!.From.Where(_boxes.ContainsKey).Select(id => (_boxes[id], box))),
            .. _groups.SelectMany(box => box.Group!.To.Where(_boxes.ContainsKey).Select(id => (box, _boxes[id])))];
        Columns = Boxes.Max(box => box.Column) + 1;
        Rows = rows.Values.Max();

        int Next(int column) => (rows[column] = rows.GetValueOrDefault(column) + 1) - 1;
    }

    public IEnumerable<GraphBox> Boxes => _boxes.Values.Concat(_groups);

    public IReadOnlyList<(GraphBox From, GraphBox To)> Edges { get; }

    public int Columns { get; }

    public int Rows { get; }

    private int Behind(IEnumerable<JobId> jobs) => jobs.Where(_boxes.ContainsKey)
        .Select(id => _boxes[id].Column + 1).DefaultIfEmpty(0).Max();

    private (GraphBox, GraphBox)? Pair(JobId from, JobId to) =>
        _boxes.TryGetValue(from, out var left) && _boxes.TryGetValue(to, out var right) ? (left, right) : null;
}
