namespace Rota.Web.Console.Parts;

/// <summary>One line of a chart.</summary>
/// <param name="Colour">A variable of console.css, without its dashes.</param>
/// <param name="IsFilled">With the area below it.</param>
/// <param name="IsAside">Dashed, with a scale of its own at the right.</param>
public sealed record ChartLine(string Label, string Colour, bool IsFilled = false, bool IsAside = false);

/// <summary>Something that happened, as an upright line in a chart.</summary>
public sealed record ChartMark(DateTimeOffset At, string Text);
