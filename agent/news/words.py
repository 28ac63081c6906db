"""The words that the newsroom knows: plain lists, folded (lower case, without accents).

Function words tell languages apart and say nothing themselves; so do days, months and the small
talk of headlines.
"""

# ruff: noqa: SIM905 - long lists of words read better as texts

from __future__ import annotations

from collections.abc import Mapping

FUNCTION_WORDS: Mapping[str, frozenset[str]] = {
    "en": frozenset(
        """
        the of and to in a is that for on with as was at by it from are be this have an has were not
        but they their which will its he she his her who had been after into than more over would
        about when one two up out all there if no so what can could may also
        """.split()
    ),
    "de": frozenset(
        """
        der die das und ist nicht den dem des ein eine einen einem einer eines mit auf fur von vom
        im zu zum zur sich auch es wird werden wurde wurden bei nach aus uber als hat haben war
        waren sind wie oder aber noch nur mehr soll sollen kann vor durch unter bis ab wieder seit
        gegen um ihr ihre sein seine keine dass wenn
        """.split()
    ),
    "fr": frozenset(
        """
        le la les des du un une et est en au aux par pour sur dans que qui ne pas plus avec son sa
        ses ont sont cette ce ces il elle apres a de ou deja ete sera leur leurs d l qu n s
        """.split()
    ),
    "es": frozenset(
        """
        el la los las de del un una y en por para con que se su sus al es son ha han fue como mas
        pero sin sobre tras entre lo le ya o no este esta
        """.split()
    ),
    "it": frozenset(
        """
        il lo la gli le di del della dei delle un una e in per con che non si al alla da dal sono ha
        come piu dopo nel nella sul questo anche suo sua
        """.split()
    ),
    "pt": frozenset(
        """
        o a os as de do da dos das um uma e em no na nos nas por para com que se ao foi mais como
        apos nao sua seu entre sobre
        """.split()
    ),
    "nl": frozenset(
        """
        de het een en van in is op te dat die voor met zijn niet aan er om ook als bij naar uit door
        over maar nog worden wordt werd tot geen heeft hebben
        """.split()
    ),
}

MONTHS = frozenset(
    """
    january february march april may june july august september october november december jan feb
    mar apr jun jul aug sep sept oct nov dec januar janner februar marz mai juni juli oktober
    dezember janvier fevrier mars avril juin juillet aout septembre octobre novembre decembre enero
    febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre gennaio
    febbraio aprile maggio giugno luglio settembre ottobre dicembre janeiro fevereiro maio junho
    julho setembro outubro novembro dezembro januari februari maart mei augustus stycznia lutego
    marca kwietnia maja czerwca lipca sierpnia wrzesnia pazdziernika listopada grudnia января
    февраля марта апреля мая июня июля августа сентября октября ноября декабря
    """.split()
)
"""Months, as dates give them; folded."""
IN_DATES = frozenset(
    """
    posted published updated gmt utc est edt cst cdt pst pdt ist cet cest am pm st nd rd th
    """.split()
)
"""Other words in dates and times of day; folded."""

SAYS_LITTLE = frozenset(
    """
    monday tuesday wednesday thursday friday saturday sunday montag dienstag mittwoch donnerstag
    freitag samstag sonnabend sonntag lundi mardi mercredi jeudi vendredi samedi dimanche lunes
    martes miercoles jueves viernes sabado domingo january february march april june july august
    september october november december januar februar marz mai juni juli oktober dezember janvier
    fevrier mars avril juin juillet aout septembre octobre novembre decembre enero febrero marzo
    abril mayo junio julio agosto septiembre octubre noviembre diciembre
    today yesterday tomorrow tonight heute gestern morgen hier demain hoy ayer manana
    say says said saying told tell tells report reports reported according announced announces
    sagt sagte teilte mitteilt nach angaben laut selon dit segun dijo
    new news live update updates watch video photos picture pictures exclusive breaking analysis
    opinion latest neu neue neuen neuer neues nouveau nouvelle nuevo nueva
    year years day days week weeks month months hour hours minute minutes time times jahr jahre
    jahren tag tage tagen woche wochen monat monate stunde stunden uhr ans jours semaines mois
    heures anos dias semanas meses horas first last next early late
    per percent prozent million millions millionen thousand hundred hundreds thousands
    """.split()
)
STOP_WORDS: frozenset[str] = SAYS_LITTLE.union(*FUNCTION_WORDS.values())

DIGESTS = (
    "briefing",
    "newsletter",
    "quiz",
    "crossword",
    "horoscopes?",
    "recipes?",
    "podcast",
    "live ?blog",
    "live ?ticker",
    "in pictures",
    "in brief",
    "at a glance",
    "round-?up",
    "things to",
    "how to",
    "what we know",
    "what you need to know",
    "overview",
    "latest on",
    "(?:opinion|analysis|review|comment|explainer)s? ?[:|]",
    "(?:film|book|album|game|restaurant|theatre) review",
    "obituary",
    "letters to",
    "weather forecast",
    "newsblog",
    "uberblick",
    "(?:kommentar|kolumne|analyse|glosse) ?[:|]",
    "horoskop",
    "ratsel",
    "rezept",
    "presseschau",
    "nachrichten am",
    "en bref",
    "revue de presse",
    "horoscopo",
    "en breve",
)
"""Headlines that hold one of these tell no single event; folded patterns."""

NO_PERSON = frozenset(
    """
    academy agency airlines airport alliance arena army association avenue bank basin bay beach
    biotech bridge brothers building canal cape castle cathedral center central centre channel
    church circuit city climate club coast college committee company conference corp corporation
    council county court cup department desert district dome east electric empire energy estate
    express falls farm federation festival film fleet foods football forest forum foundation
    games garden gardens gate group gulf hall harbor harbour hill hills holdings hospital hotel
    house inc industries institute international island islands lake league library limited line
    lines ltd mall marina market marathon mill mills ministry motors mount mountain museum
    national navy network north observatory ocean office olympics open opera orchestra palace
    park parliament parts party pass peak peninsula pharma pier place plaza point police port
    post power press prize project province railway range region republic reserve reservoir
    river road rocket rovers royal sea services shipyard society sound south space square stadium
    state states station store strait street studio studios systems tech technologies temple
    theater theatre times tower town trade trail trust tunnel union united university valley
    village wall water west wing works world yard zoo
    bahn bahnhof berg bezirk brucke bund bundesamt bundesliga bundestag bundesrat dom fluss
    gericht gesellschaft gmbh hafen haus insel kanton kirche kreis land landtag meer ministerium
    nationalpark platz rathaus schloss see stadt stadtwerke strasse tal turm universitat verband
    verein wald werft werk
    gare ile mont musee parc place pont rue tour ville universite isla lago monte museo parque
    plaza puente rio universidad
    """.split()
)
"""Words in the names of places, firms and clubs; folded."""

DISASTERS: Mapping[str, frozenset[str]] = {
    "en": frozenset(
        """
        accident airstrike arrested assassination assault attack attacker avalanche blast blaze
        bomb bombing casualties casualty collapse collision corpse crash cyclone dead deadly death
        deaths derailed derailment died disaster drowned drought earthquake epidemic evacuate
        evacuated explosion explode famine fatal fatalities fire flames flood flooded floods
        genocide gunman gunmen hijack homicide hostage hostages hurricane injured injuries killed
        killing killings landslide manslaughter massacre missile missiles murder murdered outbreak
        pandemic quake rape refugees riot riots shooter shooting shootings shipwreck sinking
        stabbed stabbing storm storms suicide surge terror terrorism terrorist tornado
        torture tragedy tremor troops tsunami typhoon victim victims violence violent volcano war
        warfare wildfire wildfires wounded wreckage erupts eruption
        """.split()
    ),
    "de": frozenset(
        """
        absturz anschlag attentat angriff angriffe beben brande erdbeben erdrutsch explosion
        feuer flammen flut flutkatastrophe fluten geisel geiseln getotet gewalt hochwasser
        katastrophe krieg krieges lawine leiche massaker missbrauch mord morde opfer orkan pandemie
        raketenangriff schiffbruch schusse seuche starb starben sturm sturmflut terror terroristen
        tod todesopfer tot tote toten totung tsunami tornado uberschwemmung uberfall ungluck unfall
        verletzt verletzte verletzten vergewaltigung vulkan vulkanausbruch waldbrand waldbrande
        zusammenstoss eingesturzt entgleist ermordet erschossen erstochen ertrunken
        """.split()
    ),
    "fr": frozenset(
        """
        accident agression assassinat attaque attentat avalanche blesse blesses cadavre catastrophe
        collision crue deces eruption explosion feu flammes fusillade guerre incendie inondation
        inondations meurtre meurtres missile mort morts naufrage otage otages ouragan pandemie
        seisme suicide terrorisme tempete tremblement tsunami tue tues victime victimes violences
        """.split()
    ),
    "es": frozenset(
        """
        accidente alud asesinato asesinatos ataque atentado avalancha cadaver catastrofe choque
        epidemia erupcion explosion fallecidos fuego guerra herido heridos huracan incendio
        inundacion inundaciones marejada misil muerte muertes muerto muertos naufragio pandemia
        rehen rehenes secuestro seismo suicidio terremoto terrorismo tiroteo tsunami victima
        victimas violencia volcan
        """.split()
    ),
}
"""Words of disasters, violence and crime by language; folded."""

SIGNS_OF_DISASTER = (
    "地震 津波 海啸 洪水 火災 火灾 爆発 爆炸 事故 死亡 死者 殺人 谋杀 戦争 战争 襲撃 袭击 台風 "
    "землетрясени наводнени пожар взрыв катастроф погиб убийств убит раненых теракт "
    "زلزال فيضان حريق انفجار قتل قتلى حرب هجوم"
).split()
SIGNS_OF_PERSONS = (
    "首相 大統領 総理 大臣 議員 选手 選手 容疑者 总统 主席 总理 先生 女士 教授 "
    "президент премьер министр певец певица актер الرئيس الوزير الملك"
).split()
"""Parts of texts in other scripts that stand beside people's names, and in tales of disasters."""

LEANING: Mapping[str, frozenset[str]] = {
    "en": frozenset(
        """
        he she it they his her its their this that these those there but and or so also however
        still yet then meanwhile instead we i our my you
        """.split()
    ),
    "de": frozenset(
        """
        er sie es ihr ihre ihren sein seine dies diese dieser dieses da aber und oder doch auch
        jedoch dennoch dann zudem außerdem dabei damit dort wir ich unsere
        """.split()
    ),
    "fr": frozenset("il elle ils elles ce cela ces cette mais et aussi nous je on leur".split()),
    "es": frozenset("él ella ellos ellas esto esta este pero y también nosotros yo su".split()),
    "it": frozenset(
        "lui lei loro egli essa essi questo questa questi ma e anche noi io suo".split()
    ),
    "pt": frozenset("ele ela eles elas isto isso este esta mas e também nós eu seu sua".split()),
    "nl": frozenset("hij zij ze het dit dat deze die maar en ook echter toen wij ik zijn".split()),
    "pl": frozenset("on ona ono oni one to ten ta te ale i jednak także my ja jego jej".split()),
}
"""Words that lean on the sentence before, when a sentence begins with them; lower case."""
