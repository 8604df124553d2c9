using Spectre.Console;

namespace Rota.Commands;

/// <summary>One cell of a table. A class, since lists of classes are compiled already when a command starts.</summary>
/// <param name="Style">A style of the terminal, such as <c>red</c>; only where colours are shown.</param>
internal sealed record Cell(string Text, string? Style = null)
{
    public static implicit operator Cell(string text) => new(text);
}

/// <summary>A table for people: drawn on a terminal, aligned columns of plain text elsewhere.</summary>
internal sealed class Grid(params string[] heads)
{
    private readonly List<Cell[]> _rows = [];

    public int Count => _rows.Count;

    public void Add(params Cell[] cells) =>
        _rows.Add([.. cells.Select(cell => cell with { Text = Clean.Line(cell.Text) })]);

    /// <param name="empty">The line to write when there is no row.</param>
    public void Write(Terminal terminal, string empty)
    {
        if (_rows.Count == 0)
            terminal.Out.WriteLine(empty);
        else if (terminal.IsRich)
            Draw(terminal);
        else
            Align(terminal.Out);
    }

    private void Draw(Terminal terminal)
    {
        var table = new Table().Border(TableBorder.Simple).BorderStyle(new Style(Color.Grey));
        foreach (var head in heads)
            table.AddColumn(new TableColumn($"[bold]{Markup.Escape(head)}[/]") { NoWrap = head != heads[^1] });
        foreach (var row in _rows)
            table.AddRow(row.Select(cell => new Markup(Styled(cell))));
        terminal.Console().Write(table);
    }

    public static string Styled(Cell cell) =>
        cell.Style is null ? Markup.Escape(cell.Text) : $"[{cell.Style}]{Markup.Escape(cell.Text)}[/]";

    private void Align(TextWriter output)
    {
        var widths = heads.Select((head, i) => Math.Max(head.Length, _rows.Max(row => row[i].Text.Length))).ToArray();
        WriteLine(output, heads, widths);
        foreach (var row in _rows)
            WriteLine(output, [.. row.Select(cell => cell.Text)], widths);
    }

    private static void WriteLine(TextWriter output, string[] texts, int[] widths) =>
        output.WriteLine(string.Join("  ", texts.Select((text, i) => text.PadRight(widths[i]))).TrimEnd());
}
