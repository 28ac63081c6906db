"""The closed classes of words that the planner knows, in lower case: what holds sentences together,
and what requests say of pictures as such.

Open classes (things, verbs, names) are left to language tools: taggers and word frequencies.
"""

# ruff: noqa: SIM905 - long lists of words read better as texts

from __future__ import annotations

from typing import Final

FUNCTION_WORDS_OF: Final = {
    language: frozenset(words.split())
    for language, words in {
        "en": """
    a an the of for this that these those some any each every all both either neither no not i me my
    mine we us our you your he him his she her hers it its they them their theirs one ones who
    whose whom which what where when why how am is are was were year be been being do does did done
    has have had having can could will would shall should may might must let make makes making
    made show shows showing shown draw draws create and or but nor so yet if then than as
    while during because though although until since in on at by to from with without into
    onto over under above below behind before after beside besides between among against near
    next across along around through throughout inside outside toward towards upon within off
    out up down beneath underneath alongside opposite like unlike about via per plus versus vs
    together apart away there here very quite just also too only please want would like need
    give get put bring help need needs front back left right side top bottom middle centre
    center background foreground other another such same own else own really still even ever
    how's what's it's that's there's let's i'm i'd you're
    """,
        "de": """
    der die das den dem des ein eine einen einem einer eines kein keine und oder aber mit ohne auf
    in im ins an am ans zu zum zur von vom bei beim vor hinter neben unter über zwischen durch
    für gegen um nach aus seit bis während wegen als wie wenn dass ob weil ist sind war waren wird
    werden wurde wurden hat haben hatte kann soll muss möchte ich du er sie es wir ihr ihn ihm ihnen
    mein meine meinen meinem meiner dein deine sein seine seinen seinem seiner ihre ihren ihrem
    unser unsere sich nicht nur auch noch schon sehr so dann hier dort da links rechts oben unten
    vorne hinten jahr jahre jahres wo was wer welche welcher welches alle alles jeder
    jede jedes dieser diese dieses diesen diesem bitte mal aussah aussieht
    """,
        "fr": """
    le la les l un une des du de d et ou mais avec sans sur dans sous devant derrière à au aux en
    pour par est sont était étaient fut entre chez vers contre pendant comme qui que qu quoi dont où
    ce cet cette ces il elle ils elles je tu nous vous on se s me m te t ne n pas plus très son sa
    ses leur leurs mon ma mes ton ta tes notre nos votre vos y si quand quel quelle a ont avait
    à-côté côté dessus dessous tout tous toute toutes autre autres même fait façon ressemble avant
    après depuis jusqu selon lors an année
    """,
        "es": """
    el la los las lo un una unos unas de del al a y e o u con sin sobre bajo en por para entre hacia
    hasta desde contra durante según junto delante detrás encima debajo dentro fuera lado como que
    quien cuyo donde cuando cual es son era eran fue ser está están estaba hay ha han se me te le
    les nos su sus mi mis tu tus nuestro nuestra este esta estos estas ese esa eso aquel aquella no
    sí más muy ya también pero todo toda todos todas otro otra año cómo qué
    """,
        "it": """
    il lo la i gli le l un uno una di del dello della dei degli delle d a al allo alla ai agli alle
    da dal dallo dalla dai dagli dalle in nel nello nella nei negli nelle con col su sul sullo sulla
    sui sugli sulle per tra fra e ed o ma che chi cui dove quando come è sono era erano fu si mi ti
    ci vi ne suo sua suoi sue mio mia tuo tua questo questa questi queste quello quella non più
    molto anche sotto sopra davanti dietro accanto dentro fuori contro senza durante verso tutto
    tutta tutti tutte altro altra anno
    """,
        "pt": """
    o a os as um uma uns umas de do da dos das d em no na nos nas num numa ao à aos às por pelo pela
    pelos pelas para pra com sem sobre sob entre até desde contra durante e ou mas que quem cujo
    onde quando como é são era eram foi está estão há se me te lhe nos seu sua seus suas meu minha
    este esta esse essa aquele aquela isto isso não mais muito também ao-lado lado frente atrás
    dentro fora cima baixo junto todo toda todos todas outro outra
    ano
    """,
        "nl": """
    de het een en of maar met zonder op in aan te van bij voor achter naast onder boven tussen door
    tegen om naar uit als die dat deze dit is zijn was waren wordt worden heeft hebben ik je hij zij
    ze wij er niet ook nog zeer zo hier daar waar wie wat
    """,
        "ru": """
    и а но или в во на с со к ко о об от до из у за над под перед при про для без по через между
    около возле рядом вокруг среди сквозь как что кто который которая которое которые где когда
    чтобы если то не ни же бы ли это этот эта эти тот та те он она оно они я ты мы вы его её их
    ему ей им мой моя твой свой своя своё свои своего своей весь вся всё все очень ещё
    уже тоже только был была было были есть будет года году год
    """,
        "tr": """
    ve veya ya da de ile için gibi kadar göre karşı doğru bir bu şu o ne ki mi mı mu mü değil var
    yok çok daha en her hiç ben sen biz siz onlar onun benim altında altındaki üstünde üzerinde
    üzerindeki yanında yanındaki önünde önündeki arkasında içinde içindeki kenarında kenarındaki
    arasında solunda sağında karşısında ama olarak olan
    """,
        "ar": """
    في على من إلى عن مع بين تحت فوق أمام خلف بجانب عند حول داخل خارج قرب نحو حتى بدون و أو ثم هذا
    هذه ذلك تلك الذي التي هو هي هم كان كانت لا ما لم لن قد كل بعض غير مثل أثناء خلال بأسلوب
    """,
    }.items()
}
"""Words that hold sentences together, by language (ISO 639-1)."""

FUNCTION_WORDS = frozenset(
    """
    a an the of for this that these those some any each every all both either neither no not i me my
    mine we us our you your he him his she her hers it its they them their theirs one ones who
    whose whom which what where when why how am is are was were be been being do does did done
    has have had having can could will would shall should may might must let make makes making
    made show shows showing shown draw draws create and or but nor so yet if then than as
    while during because though although until since in on at by to from with without into
    onto over under above below behind before after beside besides between among against near
    next across along around through throughout inside outside toward towards upon within off
    out up down beneath underneath alongside opposite like unlike about via per plus versus vs
    together apart away there here very quite just also too only please want would like need
    give get put bring help need needs front back left right side top bottom middle centre
    center background foreground der die das den dem des ein eine einen einem einer eines und
    oder mit auf in im an am zu zum zur von vom bei vor hinter neben unter über ist sind war
    wird werden für ohne durch als wie le la les un une des du de d l et ou avec sur dans sous
    devant derrière à au aux en pour par est sont chez entre sans junto el los las uno una
    unos unas y o con sobre bajo delante detrás del al para por es son sin il lo gli uno ed
    con su sotto davanti dietro della delle dei per
    """.split()
)
"""Those of five languages together, for comparisons of texts whose language does not matter."""

PICTURE_WORDS = frozenset(
    """
    photo photos photograph photographs photography picture pictures image images illustration
    illustrations drawing drawings painting paintings sketch sketches poster posters render
    renders rendering scene scenes portrait portraits closeup close-up shot view cartoon comic
    watercolor watercolour oil acrylic pencil charcoal ink pastel engraving woodcut collage
    mosaic infographic style styled art artwork digital realistic photorealistic cinematic
    vintage retro minimalist minimalistic abstract surreal detailed hd uhd 4k 8k hdr bokeh
    lighting dramatic colorful colourful diagram map logo screening
    bild bilder foto fotos fotografie zeichnung gemälde ölgemälde aquarell plakat poster porträt
    skizze stil karte ansicht aufnahme makroaufnahme nahaufnahme
    dessin peinture aquarelle affiche portrait tableau croquis carte style vue photo
    dibujo pintura acuarela cartel retrato cuadro boceto mapa estilo vista foto
    disegno dipinto acquerello locandina ritratto quadro schizzo mappa stile veduta foto
    desenho pintura aquarela cartaz retrato quadro esboço mapa estilo capa foto
    tekening schilderij aquarel portret schets stijl kaart
    рисунок картина картину акварель афиша плакат портрет эскиз карта стиль стиле фото фотография
    resim resmi tablo suluboya afiş afişi portre portresi çizim harita fotoğraf fotoğrafı
    رسم لوحة ملصق صورة خريطة أسلوب
    """.split()
)
"""What a picture is called, which is never what it shows."""

DRAW_WORDS = frozenset(
    """
    draw paint sketch illustrate show make create generate render imagine design depict picture
    zeichne zeichnet male malt zeig zeige erstelle entwirf
    dessine dessinez peins montre montrez crée
    dibuja dibújame pinta muestra crea haz
    disegna dipingi mostra crea
    desenhe desenha pinte mostre crie
    teken schilder toon maak
    нарисуй нарисуйте покажи изобрази создай сделай
    çiz çizin göster oluştur yap
    ارسم اعرض أنشئ صمم
    narysuj namaluj pokaż stwórz rita måla visa tegn mal piirrä nakresli namaluj desenează rajzolj
    намалюй покажи створи gambarkan lukis buatkan vẽ بکش ציירי צייר ζωγράφισε σχεδίασε
    बनाओ बनाइए दिखाओ
    """.split()
)
"""Verbs with which people ask for a picture; one at the beginning of a request is no name."""

TEXT_WORDS = frozenset(
    """
    say says saying said read reads reading write writes written writing word words letter letters
    text texts spell spells spelled spelling label labelled labeled caption slogan sign lettering
    inscription inscribed printed message note title titled numbers number graffiti
    aufschrift text wort wörter worte steht schrift schriftzug buchstaben schild geschrieben
    beschriftet     écrit écrite inscription texte mot mots lettres panneau lire lit
    dice diga texto palabra palabras letras letrero escrito escrita frase
    scritta scritto testo parola parole lettere cartello dice
    diz dizendo texto palavra palavras letras placa escrito escrita
    надпись надписью слово слова текст буквы написано
    yazan yazılı yazısı yazı kelime kelimesi
    مكتوب كلمة نص عبارة
    """.split()
)
"""Words beside which a quotation is a text to be drawn, not the title of a work."""

EAST_ASIAN_TEXT_SIGNS = ("写", "寫", "字", "書", "书", "標語", "标语", "文字", "쓰", "적힌", "글자")
"""The same in Chinese, Japanese and Korean: signs beside such a quotation."""

EVERYDAY_CAPITALS = frozenset(
    """
    monday tuesday wednesday thursday friday saturday sunday january february march april may june
    july august september october november december christmas xmas halloween easter thanksgiving
    valentine valentines i i'm i'll ok tv dj diy led lcd usb dna ufo suv vr ai pc cd dvd gps rgb
    earth xl xxl t-shirt tshirt t-rex x-ray x-rays mr mrs ms dr am pm god santa bbq cctv atm ipa
    b&w sci-fi p
    """.split()
)
"""Words that English writes with capitals and that name nothing in particular."""

PLACE_KINDS_OF: Final = {
    language: frozenset(words.split())
    for language, words in {
        "ar": """
    مسجد جامع قلعة جبل برج قصر قبة متحف نهر بحيرة جزيرة معبد كنيسة كاتدرائية ملعب صحراء وادي ميدان
    أهرامات معركة تمثال
    """,
        "fa": """
    مسجد قلعه کوه برج کاخ گنبد موزه رود دریاچه جزیره معبد کلیسا پل میدان بازار آرامگاه تخت
    """,
        "he": "מגדל הר ארמון מבצר מוזיאון נהר אגם מקדש כנסיית מסגד גשר כיכר כותל",
        "hi": "महल मंदिर किला मस्जिद आश्रम मीनार स्तूप गुरुद्वारा गुफा गुफाएँ दरगाह घाट झील स्मारक सेतु",
        "tr": """
    kulesi camii camisi kilisesi köprüsü sarayı kalesi müzesi gölü dağı adası meydanı anıtı tapınağı
    """,
        "id": "candi gunung masjid danau pulau istana monumen benteng pura katedral",
        "vi": "chùa đền tháp núi hồ cầu đảo lăng chợ",
        "th": "วัด",
    }.items()
}
"""What places of a name are called, in the languages whose scripts or spelling tell no names."""
PLACE_KIND_LAST: Final = frozenset({"hi", "tr"})
"""Those of the languages that put the kind behind the name."""

CONNECTORS = frozenset(
    {"of", "de", "du", "della", "dello", "dei", "di", "von", "van", "der", "den", "del", "da", "do",
     "dos", "das", "des", "d", "vom", "zu"}
)  # fmt: skip
"""Words that tie two parts of one thing together: "cup of coffee", "Leonardo da Vinci"."""

RECENT_WORDS_OF: Final = {
    language: frozenset(words.split())
    for language, words in {
        "en": """
    latest newest recent recently current currently today tonight yesterday tomorrow upcoming
    breaking news winner champion inauguration premiere
    """,
        "de": "neueste neuesten neuester neuestes aktuelle aktuellen aktueller heutige heutigen",
        "fr": "dernier dernière derniers dernières actuel actuelle récent récente",
        "es": "último última últimos últimas actual actuales reciente recientes",
        "it": "ultimo ultima ultimi ultime attuale attuali recente",
        "pt": "último última últimos últimas atual atuais recente recentes",
        "nl": "nieuwste laatste huidige",
        "ru": "последний последняя последнее последние новейший новейшая нынешний",
        "tr": "güncel şimdiki",
    }.items()
}
"""Words that speak of what is new, which no generator knows, by language."""

VERBS = frozenset(
    """
    hold stand sit walk run fly look wear ride drink eat play read glow shine launch jump
    dance swim climb watch carry face lie sleep smile laugh lean float hang land drive sail
    cook paint build point wave open close fall rise burn blow grow sing cross pass surround
    cover fill hover gaze stare embrace hug kiss throw catch chase follow meet greet celebrate
    win race surf ski cycle travel rest wait work study write teach speak talk shake
    illuminate light show depict feature feed pour push pull kick hit fight explore discover
    visit enjoy hunt fish perch stretch enter leave arrive depart orbit explode erupt flow
    bloom gather receive present sip stir
    """.split()
)

NOUNS_IN_ING = frozenset(
    """
    king ring wing thing string spring evening morning building wedding ceiling clothing
    lightning pudding painting swing sling viking beijing
    """.split()
)

COLORS = frozenset(
    """
    red orange yellow green blue purple violet pink brown black white grey gray silver gold
    beige turquoise cyan magenta crimson scarlet navy teal maroon cream ivory bronze copper
    amber olive
    """.split()
)

LOOKS = frozenset(
    """
    wear wears wearing worn suit dress uniform coat hat helmet hair eyes beard fur feathers
    stripes striped spotted round square tall high wide long short metres meters feet tower
    towers dome arch arches roof painted steel stone brick wood wooden glass marble granite
    concrete metal porcelain shape shaped pattern logo flag symbol patch badge bright dark
    pale light deep shining glowing curved straight pointed flat thin thick colour color
    coloured colored surface face front side trophy statue figure bust crown wings tail ears
    nose legs arms wheels engines
    """.split()
)
