namespace Rota.Web.Console.Jobs;

/// <summary>Columns of the list of jobs that may be left out. Id, state and kind always stand there.</summary>
public static class JobColumns
{
    public static IReadOnlyList<(string Name, string Title)> All { get; } =
    [
        ("queue", "Queue"), ("schedule", "Schedule"), ("attempt", "Attempt"), ("priority", "Priority"),
        ("created", "Created"), ("due", "Due"), ("started", "Started"), ("ended", "Ended"), ("duration", "Ran for"),
        ("node", "Node"), ("error", "Error"),
    ];

    private static readonly HashSet<string> Usual = ["queue", "attempt", "created", "duration", "error"];

    /// <summary>Those named in an address, else the usual ones.</summary>
    public static HashSet<string> Read(string? text) =>
        string.IsNullOrEmpty(text) ? Usual : [.. text.Split(',').Where(name => All.Any(one => one.Name == name))];

    /// <summary>For an address; null for the usual ones.</summary>
    public static string? Write(HashSet<string> shown) =>
        shown.SetEquals(Usual) ? null : string.Join(',', All.Select(one => one.Name).Where(shown.Contains));
}
