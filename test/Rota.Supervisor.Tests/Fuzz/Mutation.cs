using System.Text;

namespace Rota.Supervisor.Tests.Fuzz;

/// <summary>Texts by chance, from pieces that mean something to a parser.</summary>
internal sealed class Mutation(string[] pieces)
{
    private const int PiecesMax = 40, ChangesMax = 6, CutMax = 30;

    /// <summary>Pieces one after the other.</summary>
    public string Text(Random random)
    {
        var text = new StringBuilder();
        for (var count = random.Next(PiecesMax); count > 0; count--)
            text.Append(Piece(random));
        return text.ToString();
    }

    /// <summary>A good text with some pieces put in and some letters cut out.</summary>
    public string Of(string good, Random random)
    {
        var text = new StringBuilder(good);
        for (var count = random.Next(1, ChangesMax); count > 0 && text.Length > 0; count--)
        {
            var place = random.Next(text.Length);
            if (random.Next(2) == 0)
                text.Insert(place, Piece(random));
            else
                text.Remove(place, Math.Min(random.Next(1, CutMax), text.Length - place));
        }
        return text.ToString();
    }

    private string Piece(Random random) => pieces[random.Next(pieces.Length)];
}
