namespace Rota.Schedules;

/// <summary>Why a text is no cron expression.</summary>
/// <param name="What">The start of a sentence, without the position.</param>
/// <param name="Position">Of the offending character, from 0 on; the length of the text means its end.</param>
/// <param name="Advice">What to write instead: a sentence.</param>
internal sealed record CronProblem(string What, int Position, string Advice)
{
    public InvalidFieldException ToException(string field, string text)
    {
        if (text.Length > CronExpression.MaxLength)
            return new(field, $"{What}.", Advice);

        // One column per character, or the caret stands elsewhere.
        var line = string.Concat(text.Select(s => char.IsWhiteSpace(s) || char.IsControl(s) ? ' ' : s));
        var caret = new string(' ', Position) + '^';
        return new(field, $"{What}, at position {Position + 1}.", $"{Advice}\n{line}\n{caret}");
    }
}
